from importlib.metadata import version


def predict(values):
    return [f"{int(value)} by {version('tabulate')}" for value in values]
