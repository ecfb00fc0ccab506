"""Input examples: a JSON or CSV file, or data that stands in the manifest, as the model input and as requests."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from typing import TYPE_CHECKING, Any

from mpk_runtime import payload, prediction

if TYPE_CHECKING:
    from mpk_runtime.signature import Signature


class Example:
    """An input example.

    Attributes:
        form: The form of MLflow's scoring protocol that carries it, one of `payload.FORMS`.
        value: A pandas DataFrame, a numpy array, or a JSON value.
    """

    def __init__(self, form: str, value: Any) -> None:
        self.form = form
        self.value = value

    def as_document(self) -> dict[str, Any]:
        """``{"form", "request": the body of a JSON request, "csv": the body of a CSV request or null}``."""
        if self.form != "dataframe_split":
            return {"form": self.form, "request": {self.form: prediction.encode(self.value)}, "csv": None}
        split = {
            "columns": [str(name) for name in self.value.columns],
            "data": [[prediction.encode(cell) for cell in row] for row in _rows(self.value)],
        }
        return {"form": self.form, "request": {self.form: split}, "csv": _as_csv(split)}


def read(given: dict[str, Any]) -> Example:
    """The example that the manifest gives: ``{"path": file}`` or ``{"data": JSON value}``.

    Raises:
        ValueError: The file holds something that is no input example; the text says what.
    """
    path = given.get("path")
    if path is None:
        return _from_json(given["data"])
    if os.path.splitext(path)[1].lower() == ".csv":
        import pandas as pd

        return Example("dataframe_split", pd.read_csv(path))
    with open(path, encoding="utf-8-sig") as file:
        return _from_json(json.load(file))


def through_protocol(example: Example, signature: Signature) -> Any:
    """The model input as a request with this example would give it, so that every comparison is of like with like."""
    document = example.as_document()
    return payload.decode(json.dumps(document["request"]).encode(), payload.JSON, signature)[0]


def form_of(value: Any) -> tuple[str, Any]:
    """The form of the scoring protocol that a JSON value has or needs, and the value of that form."""
    if isinstance(value, dict):
        forms = [form for form in payload.FORMS if form in value]
        if len(forms) == 1:
            return forms[0], value[forms[0]]
        if set(value) in ({"columns", "data"}, {"columns", "data", "index"}):
            return "dataframe_split", value
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        return "dataframe_records", value
    return "inputs", value


def _from_json(value: Any) -> Example:
    return _from_form(*form_of(value))


def _from_form(form: str, value: Any) -> Example:
    frame = form.startswith("dataframe") or (
        isinstance(value, list) and value and all(isinstance(row, dict) for row in value)
    )
    if frame:
        import pandas as pd

        records = form != "dataframe_split"
        return Example(
            "dataframe_split",
            pd.DataFrame(value) if records else pd.DataFrame(value["data"], columns=value["columns"]),
        )
    if _is_numbers(value):
        import numpy as np

        return Example("inputs", np.array(value))
    return Example("inputs", value)


def _is_numbers(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(_is_numbers(one) or (isinstance(one, (int, float)) and not isinstance(one, bool)) for one in value)


def _rows(frame: Any) -> list[list[Any]]:
    table = [list(frame[name]) for name in frame.columns]
    return [[_plain(column[at]) for column in table] for at in range(len(frame))]


def _plain(cell: Any) -> Any:
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _as_csv(split: dict[str, Any]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(split["columns"])
    for row in split["data"]:
        writer.writerow(["" if cell is None else str(cell).lower() if isinstance(cell, bool) else cell for cell in row])
    return out.getvalue()
