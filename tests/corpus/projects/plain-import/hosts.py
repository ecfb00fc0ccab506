import idna


def predict(values):
    return [idna.encode(str(value)).decode() for value in values]
