try:
    from orjson import dumps
except ImportError:
    try:
        from ujson import dumps
    except ImportError:
        from json import dumps


def predict(values):
    text = dumps({"values": [str(value) for value in values]})
    return text.decode() if isinstance(text, bytes) else text
