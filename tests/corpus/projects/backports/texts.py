from importlib_resources import files
from typing_extensions import override


class Base:
    def factor(self):
        return 1


class Long(Base):
    @override
    def factor(self):
        return len(files("texts_data").joinpath("words.txt").read_text().split())


def predict(values):
    return [int(value) * Long().factor() for value in values]
