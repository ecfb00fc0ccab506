import os
import sys

from tabulate import tabulate

if sys.platform == "win32":
    import colorama

    colorama.init()
if os.name == "nt":
    import click


def predict(values):
    return [tabulate([[int(value)]], tablefmt="plain") for value in values]
