from tabulate import tabulate


def rounded(value):
    return tabulate([[value]], floatfmt=".2f", tablefmt="plain")
