from distutils.util import strtobool


def predict(values):
    return [int(strtobool(str(value))) for value in values]
