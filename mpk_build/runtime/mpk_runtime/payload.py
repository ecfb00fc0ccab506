"""From the body of a request to what the model's ``predict`` takes.

The bodies are those of MLflow's scoring protocol: JSON with exactly one of ``dataframe_split``, ``dataframe_records``,
``instances`` and ``inputs``, and ``params`` beside it; or CSV with a header.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from mpk_runtime.request_error import RequestError

if TYPE_CHECKING:
    from mpk_runtime.enforcement import Enforcement

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
# Of the csv module, which by itself takes no text longer than 128 KiB; the front limits the whole body.
_LARGEST_FIELD = 2**31 - 1
JSON = "application/json"
CSV = "text/csv"


def decode(body: bytes, content_type: str, enforcement: Enforcement) -> tuple[Any, dict[str, Any] | None]:
    """The model input and the params (None for a model without) of a request.

    Raises:
        RequestError: The body is not of the protocol, or not what the signature declares.
    """
    media = _media_type(content_type)
    text = _text(body)
    if media == CSV:
        return _from_csv(text, enforcement), enforcement.params(None)
    document = _json_object(text)
    forms = [name for name in FORMS if name in document]
    if len(forms) != 1:
        found = ", ".join(f"'{name}'" for name in sorted(document)) or "an empty object"
        raise RequestError(f"The body must have exactly one of {_listed(FORMS)}; found {found}.")
    unknown = sorted(set(document) - {forms[0], "params"})
    if unknown:
        raise RequestError(f"Unknown key {_listed(unknown)} beside '{forms[0]}'; only 'params' may stand there.")
    params = document.get("params")
    if params is not None and not isinstance(params, dict):
        raise RequestError("'params' must be an object of names and values.")
    return from_form(forms[0], document[forms[0]], enforcement), enforcement.params(params)


def from_form(form: str, value: Any, enforcement: Enforcement) -> Any:
    """The model input from the value of one of `FORMS`.

    Raises:
        RequestError: The value does not have that form, or not the declared types.
    """
    if form == "dataframe_split":
        return _from_split(value, enforcement)
    rows = isinstance(value, list) and all(isinstance(row, dict) for row in value)
    if form == "dataframe_records" and not rows:
        raise RequestError("'dataframe_records' must be a list of objects, one for each row.")
    if form == "dataframe_records" or (rows and value):
        return _from_rows(value, enforcement)
    return enforcement.values(form, value)


def _media_type(content_type: str) -> str:
    parts = [part.strip() for part in content_type.split(";")]
    media = parts[0].lower()
    if media not in (JSON, CSV):
        raise RequestError(f"Content-Type must be {JSON} or {CSV}; found '{content_type}'.", "BAD_REQUEST", 415)
    for part in parts[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise RequestError(f"The charset must be utf-8; found '{value}'.", "BAD_REQUEST", 415)
    return media


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RequestError("The body is not UTF-8 text.") from None


def _json_object(text: str) -> dict[str, Any]:
    def no_constant(name: str) -> Any:
        raise RequestError(f"The body is not JSON: it has {name}; write null for a missing number.")

    try:
        document = json.loads(text, parse_constant=no_constant)
    except RecursionError:
        raise RequestError("The body is nested too deeply.") from None
    except ValueError as error:
        reason = "it has a number of more digits than anyone needs"
        if isinstance(error, json.JSONDecodeError):
            reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise RequestError(f"The body is not JSON: {reason}.") from None
    if not isinstance(document, dict):
        raise RequestError(f"The body must be a JSON object with one of {_listed(FORMS)}.")
    return document


def _from_split(value: Any, enforcement: Enforcement) -> Any:
    if not isinstance(value, dict) or "data" not in value or set(value) - {"data", "columns", "index"}:
        raise RequestError("'dataframe_split' must be an object with 'columns' and 'data', and perhaps 'index'.")
    rows = value["data"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise RequestError("'data' of 'dataframe_split' must be a list of rows, each a list of values.")
    names = value.get("columns")
    if names is None:
        names = enforcement.column_names or list(range(len(rows[0]) if rows else 0))
    if not _are_names(names):
        raise RequestError("'columns' of 'dataframe_split' must be a list of different names.")
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise RequestError(f"Row {number} has {len(row)} values, expected {len(names)}.")
    table = {name: [row[at] for row in rows] for at, name in enumerate(names)}
    frame = enforcement.table(table, len(rows), text=False)
    index = value.get("index")
    if index is not None:
        plain = isinstance(index, list) and all(isinstance(label, (str, int, float)) for label in index)
        if not plain or len(index) != len(rows):
            raise RequestError(f"'index' of 'dataframe_split' must be a list of {len(rows)} values.")
        frame.index = index
    return frame


def _are_names(names: Any) -> bool:
    plain = isinstance(names, list) and all(isinstance(name, (str, int)) for name in names)
    return plain and len(set(map(str, names))) == len(names)


def _from_rows(rows: list[dict[str, Any]], enforcement: Enforcement) -> Any:
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return enforcement.table({name: [row.get(name) for row in rows] for name in names}, len(rows), text=False)


def _from_csv(text: str, enforcement: Enforcement) -> Any:
    if enforcement.signature.is_tensor:
        raise RequestError(f"This model takes tensors, which CSV can't hold; send {JSON}.", "BAD_REQUEST", 415)
    if enforcement.signature.inputs is None:
        import pandas as pd

        try:
            return pd.read_csv(io.StringIO(text))
        except ValueError as error:
            raise RequestError(f"The body is not CSV: {str(error).splitlines()[0]}.") from None
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise RequestError(f"The body is not CSV: {error}.") from None
    if not rows:
        raise RequestError("The body is empty; expected CSV with a header.")
    names, data = rows[0], rows[1:]
    if len(set(names)) != len(names):
        raise RequestError("The header of the CSV must have different names.")
    for number, row in enumerate(data):
        if len(row) != len(names):
            raise RequestError(f"Row {number} has {len(row)} fields, expected {len(names)} as in the header.")
    table = {name: [row[at] for row in data] for at, name in enumerate(names)}
    return enforcement.table(table, len(data), text=True)


def _listed(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names)
