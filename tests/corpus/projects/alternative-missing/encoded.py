try:
    from rapidjson import dumps
except ImportError:
    from ujson import dumps


def predict(values):
    return dumps([str(value) for value in values])
