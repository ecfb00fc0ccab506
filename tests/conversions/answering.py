"""Run where the libraries are: what each cell becomes, by mpk in a mode of its own, or by MLflow.

Standard input is JSON, ``{"by": ["strict", "mlflow", "MLflow"], "cells": [...]}`` of `conversions.cells`; standard output
is ``{by: [each cell's outcome]}``, an outcome being what `told` makes of the model input, or null where it was refused.
"""

# MLflow is where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import datetime
import decimal
import importlib
import io
import json
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd

REFUSED = object()


def told(value: Any) -> Any:
    """A model input as JSON that tells its types: of a frame each column's dtype and values, and the index."""
    if isinstance(value, pd.DataFrame):
        columns = {str(name): [str(value[name].dtype), [one(cell) for cell in value[name]]] for name in value.columns}
        return {"frame": columns, "index": [str(label) for label in value.index]}
    if isinstance(value, np.ndarray):
        return {"array": str(value.dtype), "shape": list(value.shape), "values": [one(cell) for cell in value.ravel()]}
    if isinstance(value, dict):
        return {name: told(cell) for name, cell in value.items()}
    if hasattr(value, "toarray"):
        return {type(value).__name__: told(value.toarray())}
    return one(value)


def one(value: Any) -> str:
    """A value and its type, which tells 1 from 1.0 and from True; a missing one is one, however it is written."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name!r}: {one(cell)}" for name, cell in value.items()) + "}"
    if isinstance(value, (list, np.ndarray)):
        return ("" if isinstance(value, list) else "array ") + "[" + ", ".join(one(cell) for cell in value) + "]"
    if value is None or (np.isscalar(value) and pd.isna(value)) or value is pd.NaT or value is pd.NA:
        return "missing"
    return repr(value)


def by_mpk(mode: str, cell: dict[str, Any]) -> Any:
    """What mpk makes of a cell."""
    from mpk_runtime.enforcement import Enforcement
    from mpk_runtime.request_error import RequestError
    from mpk_runtime.signature import Signature

    params = cell["kind"] == "params"
    enforcement = Enforcement(
        Signature(None if params else cell["schema"], None, cell["schema"] if params else None), mode
    )
    try:
        if params:
            return (enforcement.params(asked_params(cell)) or {})["p"]
        if cell["kind"] == "python":
            return enforcement.python(given(cell))
        if cell["kind"] == "csv":
            return enforcement.csv(cell["text"])
        return enforcement.json(cell["form"], json.loads(cell["value"]))
    except RequestError:
        return REFUSED


def by_mlflow(cell: dict[str, Any]) -> Any:
    """What MLflow makes of it, as its PyFuncModel.predict and its scoring server do."""
    from mlflow.models.utils import _enforce_params_schema
    from mlflow.pyfunc import _validate_prediction_input
    from mlflow.pyfunc.scoring_server import infer_and_parse_data, parse_csv_input
    from mlflow.types.schema import ParamSchema, Schema

    try:
        if cell["kind"] == "params":
            schema = ParamSchema.from_json(json.dumps(cell["schema"]))
            return _enforce_params_schema(asked_params(cell), schema)["p"]
        schema = Schema.from_json(json.dumps(cell["schema"]))
        if cell["kind"] == "python":
            data = given(cell)
        elif cell["kind"] == "csv":
            data = parse_csv_input(io.StringIO(cell["text"]), schema)
        else:
            data = infer_and_parse_data({cell["form"]: json.loads(cell["value"])}, schema)
        return _validate_prediction_input(data, None, schema, None)[0]
    except Exception:  # noqa: BLE001 - some of its refusals are other libraries' errors
        return REFUSED


def given(cell: dict[str, Any]) -> Any:
    """The data of a cell in Python."""
    names = {"pd": pd, "np": np, "datetime": datetime, "decimal": decimal, "json": json}
    if "scipy" in cell["data"]:
        names["scipy"] = importlib.import_module("scipy")
        importlib.import_module("scipy.sparse")
    return eval(cell["data"], names)  # noqa: S307 - the tests' own tables


def asked_params(cell: dict[str, Any]) -> dict[str, Any]:
    """The params of a cell; none where nothing is given."""
    return {"p": json.loads(cell["value"])} if cell["value"] else {}


def outcomes(by: str, cells: list[dict[str, Any]]) -> list[Any]:
    """The outcome of each cell, null for one that is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = [by_mlflow(cell) if by == "MLflow" else by_mpk(by, cell) for cell in cells]
        return [None if result is REFUSED else told(result) for result in results]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump({by: outcomes(by, asked["cells"]) for by in asked["by"]}, sys.stdout)
