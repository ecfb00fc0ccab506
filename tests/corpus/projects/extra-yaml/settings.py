import msgspec


class Settings(msgspec.Struct):
    limit: int


def predict(values):
    return [msgspec.yaml.decode(str(value), type=Settings).limit for value in values]
