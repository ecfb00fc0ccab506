"""From the body of a request to what the model's ``predict`` takes.

The bodies are those of MLflow's scoring protocol: JSON with exactly one of ``dataframe_split``, ``dataframe_records``,
``instances`` and ``inputs``, and ``params`` beside it; CSV with a header; or a parquet file, where pandas can read one.
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement.forms import FORMS
from mpk_runtime.request_error import RequestError

if TYPE_CHECKING:
    from mpk_runtime.enforcement import Enforcement

JSON = "application/json"
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def decode(body: bytes, content_type: str, enforcement: Enforcement) -> tuple[Any, dict[str, Any] | None]:
    """The model input and the params (None for a model without) of a request.

    Raises:
        RequestError: The body is not of the protocol, or not what the signature declares.
    """
    media = _media_type(content_type)
    if media == PARQUET:
        return enforcement.python(_from_parquet(body)), enforcement.params(None)
    text = _text(body)
    if media == CSV:
        return enforcement.csv(text), enforcement.params(None)
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
    return enforcement.json(forms[0], document[forms[0]]), enforcement.params(params)


def _media_type(content_type: str) -> str:
    parts = [part.strip() for part in content_type.split(";")]
    media = parts[0].lower()
    if media not in (JSON, CSV, PARQUET):
        expected = f"{JSON}, {CSV} or {PARQUET}"
        raise RequestError(f"Content-Type must be {expected}; found '{content_type}'.", "BAD_REQUEST", 415)
    for part in parts[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() not in ("utf-8", "utf8"):
            raise RequestError(f"The charset must be utf-8; found '{value}'.", "BAD_REQUEST", 415)
    return media


def _from_parquet(body: bytes) -> Any:
    try:
        import pandas as pd

        return pd.read_parquet(io.BytesIO(body))
    except ImportError:
        message = f"The model's environment has nothing that reads parquet; send {JSON} or {CSV}."
        raise RequestError(message, "BAD_REQUEST", 415) from None
    except Exception as error:  # noqa: BLE001 - what the libraries for it raise is their own
        raise RequestError(f"The body is no parquet file: {type(error).__name__}.") from None


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


def _listed(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in names)
