import requests


def predict(values):
    return [requests.Request("GET", "https://example.org", params={"q": str(value)}).prepare().url for value in values]
