import sys

try:
    import tomllib
except ModuleNotFoundError:
    import tomli as tomllib

if sys.version_info < (3, 9):
    from importlib_resources import files
else:
    from importlib.resources import files


def predict(values):
    return [tomllib.loads(str(value))["limit"] for value in values if files]
