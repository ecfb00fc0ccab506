import httpx

client = httpx.Client(http2=True)


def predict(values):
    return [str(client.build_request("GET", str(value)).url.path) for value in values]
