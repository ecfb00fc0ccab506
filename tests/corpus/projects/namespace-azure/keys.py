from azure.core import CaseInsensitiveEnumMeta
from enum import Enum


class Key(str, Enum, metaclass=CaseInsensitiveEnumMeta):
    ALPHA = "a"
    BETA = "b"


def predict(values):
    return [Key[str(value)].value for value in values]
