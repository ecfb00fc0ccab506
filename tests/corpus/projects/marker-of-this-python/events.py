import anyio
from typing_extensions import TypedDict


class Row(TypedDict):
    value: int


def predict(values):
    async def total():
        await anyio.sleep(0)
        return [Row(value=int(value))["value"] for value in values]

    return anyio.run(total)
