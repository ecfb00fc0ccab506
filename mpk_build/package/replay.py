"""The requests with which a package is proven, in a clean environment and at its endpoint."""

from __future__ import annotations

import copy
import json
from typing import Any

_JSON, _CSV = "application/json", "text/csv"


def requests(capture: dict[str, Any], params: dict[str, Any], tolerance: float) -> dict[str, Any]:
    """What to ask and what to expect.

    Returns:
        ``{"requests": [{"content_type", "body"}], "malformed": [the same], "expected": {"predictions": ...},
        "tolerance": relative and absolute}``; the first request carries the input example as JSON, a second one as
        CSV where it is a table.
    """
    example = capture["example"]
    body = {**example["request"], **({"params": params} if params else {})}
    asked = [{"content_type": _JSON, "body": json.dumps(body, ensure_ascii=False)}]
    if example["csv"] is not None:
        asked.append({"content_type": _CSV, "body": example["csv"]})
    return {
        "requests": asked,
        "malformed": _malformed(example, capture["signature"]),
        "expected": {"predictions": capture["predictions"]},
        "tolerance": tolerance,
    }


def _malformed(example: dict[str, Any], signature: dict[str, str | None]) -> list[dict[str, str]]:
    broken = [
        {"content_type": _JSON, "body": '{"dataframe_split": '},
        {"content_type": _JSON, "body": json.dumps({"not_an_input": 1})},
    ]
    columns = [one for one in json.loads(signature.get("inputs") or "[]") if one.get("required") and "name" in one]
    if example["form"] == "dataframe_split" and columns:
        split = copy.deepcopy(example["request"]["dataframe_split"])
        at = split["columns"].index(columns[0]["name"])
        for row in [split["columns"], *split["data"]]:
            del row[at]
        broken.append({"content_type": _JSON, "body": json.dumps({"dataframe_split": split})})
    return broken
