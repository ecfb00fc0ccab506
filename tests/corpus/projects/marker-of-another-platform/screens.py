import click
import colorama


def predict(values):
    return [colorama.Fore.RED + click.unstyle(str(int(value))) for value in values]
