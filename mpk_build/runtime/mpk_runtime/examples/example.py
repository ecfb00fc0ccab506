"""Input examples: a JSON or CSV file, or data that stands in the manifest, as the model input and as requests."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
import os
from typing import TYPE_CHECKING, Any

from mpk_runtime import payload, prediction
from mpk_runtime.enforcement.forms import FORMS
from mpk_runtime.request_error import RequestError

if TYPE_CHECKING:
    from mpk_runtime.enforcement import Enforcement


class Example:
    """An input example.

    Attributes:
        form: The form of MLflow's scoring protocol that carries it, one of `mpk_runtime.enforcement.forms.FORMS`.
        value: A pandas DataFrame, a numpy array, or a JSON value.
    """

    def __init__(self, form: str, value: Any) -> None:
        self.form = form
        self.value = value

    def as_document(self) -> dict[str, Any]:
        """``{"form", "request": the body of a JSON request, "csv": the body of a CSV request or null}``."""
        if self.form != "dataframe_split":
            return {"form": self.form, "request": {self.form: prediction.encode(self.value)}, "csv": None}
        frame = self.value
        split: dict[str, Any] = {
            "columns": [str(name) for name in frame.columns],
            "data": [[prediction.encode(cell) for cell in row] for row in _rows(frame)],
        }
        index = prediction.encode(list(frame.index))
        if index == list(range(len(frame))):
            return {"form": self.form, "request": {self.form: split}, "csv": _as_csv(split)}
        return {"form": self.form, "request": {self.form: {**split, "index": index}}, "csv": None}


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


def through_protocol(document: dict[str, Any], enforcement: Enforcement) -> Any:
    """The model input as a request with this example would give it, so that every comparison is of like with like.

    ``document``: of `Example.as_document`; its ``csv`` becomes null where CSV can't say what JSON says, as an empty
    text that is not a missing one.
    """
    decoded = payload.decode(json.dumps(document["request"]).encode(), payload.JSON, enforcement)[0]
    if document["csv"] is not None:
        try:
            same = decoded.equals(payload.decode(document["csv"].encode(), payload.CSV, enforcement)[0])
        except RequestError:
            same = False
        if not same:
            document["csv"] = None
    return decoded


def form_of(value: Any) -> tuple[str, Any]:
    """The form of the scoring protocol that a JSON value has or needs, and the value of that form."""
    if isinstance(value, dict):
        forms = [form for form in FORMS if form in value]
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

        if form != "dataframe_split":
            return Example("dataframe_split", pd.DataFrame(value))
        _check_split(value)
        return Example("dataframe_split", pd.DataFrame(value["data"], value.get("index"), value["columns"]))
    # A model that takes arrays has numpy; one that does without gets the list.
    if _is_numbers(value) and importlib.util.find_spec("numpy") is not None:
        import numpy as np

        return Example("inputs", np.array(value))
    return Example("inputs", value)


def _check_split(value: Any) -> None:
    if not isinstance(value, dict) or not isinstance(value.get("columns"), list) or "data" not in value:
        raise ValueError("'dataframe_split' must be an object with 'columns' and 'data', and perhaps 'index'")
    names = [str(name) for name in value["columns"]]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two columns are called '{twice[0]}'")


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
