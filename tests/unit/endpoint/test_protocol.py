"""The protocol of an endpoint, from its setting to what the model is given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from endpoints import started, write_image

if TYPE_CHECKING:
    from pathlib import Path

SIGNATURE = {"inputs": json.dumps([{"type": "boolean", "name": "flag", "required": True}])}
BODY = b'{"dataframe_records": [{"flag": "false"}]}'
REFUSED = {
    "error_code": "INVALID_PARAMETER_VALUE",
    "message": "Column 'flag', row 0: the string \"false\", where true or false is expected.",
}


@pytest.mark.parametrize(
    ("settings", "answer"),
    [
        ({}, (400, REFUSED)),
        ({"MPK_PROTOCOL": "strict"}, (400, REFUSED)),
        ({"MPK_PROTOCOL": "mlflow"}, (200, {"predictions": [{"flag": True}]})),
    ],
)
def test_it_says_what_becomes_of_a_request(settings: dict[str, str], answer: object, tmp_path: Path) -> None:
    image = write_image(tmp_path / "opt", signature=SIGNATURE)
    with started(image, **settings) as endpoint:
        found = endpoint.wait_ready().ask("POST", "/invocations", BODY, "application/json")
    assert (found.status, found.document) == answer
