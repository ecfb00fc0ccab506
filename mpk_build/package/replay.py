"""The requests with which a package is proven, in a clean environment and at its endpoint."""

from __future__ import annotations

import copy
import json
from typing import Any

from mpk_build.endpoint.comparing import first_difference
from mpk_build.package.patterns import pattern_of

_JSON, _CSV = "application/json", "text/csv"


def requests(capture: dict[str, Any], params: dict[str, Any], tolerance: float, compare: str) -> dict[str, Any]:
    """What to ask and what to expect.

    Args:
        capture: What was seen in the source environment.
        params: The defaults of predict's params.
        tolerance: Relative and absolute, of numbers.
        compare: The manifest's: ``auto``, ``values``, ``schema`` or ``off``.

    Returns:
        ``{"requests": [{"content_type", "body"}], "malformed": [the same], "expected": {"predictions", "form" of
        `mpk_runtime.forms`, "pattern" of `mpk_build.package.patterns`}, "tolerance", "compare": ``values``, ``schema``
        or ``off``, "because": why not by values, or null, "stored": whether the package's own example is what the
        model is asked, since no request can carry it, "not_over_http": why none can, or null}``; the first request
        carries the input example as JSON, a second one as CSV where it is a table. Without predictions there are no
        requests.
    """
    how, because = _how(capture, tolerance, compare)
    predictions = capture["predictions"]
    by_schema = how == "schema"
    not_over_http = capture["not_over_http"]
    return {
        "requests": [] if capture["unproven"] or not_over_http else _asked(capture["example"], params),
        "malformed": _malformed(capture["example"], capture["signature"]),
        "expected": {
            "predictions": predictions,
            "form": capture["form"],
            "pattern": pattern_of([predictions, *capture["repeats"]]) if by_schema else None,
        },
        "tolerance": tolerance,
        "compare": how,
        "because": because,
        "stored": bool(not_over_http) and not capture["unproven"],
        "not_over_http": not_over_http,
    }


def _how(capture: dict[str, Any], tolerance: float, compare: str) -> tuple[str, str | None]:
    if capture["unproven"]:
        return "off", capture["unproven"]
    if compare != "auto":
        return compare, None if compare == "values" else f"the manifest says compare: {compare}"
    for other in capture["repeats"]:
        difference = first_difference(capture["predictions"], other, tolerance)
        if difference is not None:
            return "schema", f"the model does not predict the same twice: {difference}"
    return "values", None


def _asked(example: dict[str, Any], params: dict[str, Any]) -> list[dict[str, str]]:
    body = {**example["request"], **({"params": params} if params else {})}
    asked = [{"content_type": _JSON, "body": json.dumps(body, ensure_ascii=False)}]
    return [*asked, {"content_type": _CSV, "body": example["csv"]}] if example["csv"] is not None else asked


def _malformed(example: dict[str, Any] | None, signature: dict[str, str | None]) -> list[dict[str, str]]:
    broken = [
        {"content_type": _JSON, "body": '{"dataframe_split": '},
        {"content_type": _JSON, "body": json.dumps({"not_an_input": 1})},
    ]
    columns = [one for one in json.loads(signature.get("inputs") or "[]") if one.get("required") and "name" in one]
    if example is not None and example["form"] == "dataframe_split" and columns:
        split = copy.deepcopy(example["request"]["dataframe_split"])
        at = split["columns"].index(columns[0]["name"])
        for row in [split["columns"], *split["data"]]:
            del row[at]
        broken.append({"content_type": _JSON, "body": json.dumps({"dataframe_split": split})})
    return broken
