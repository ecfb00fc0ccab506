"""Times how mpk and MLflow enforce one signature; runs where MLflow is installed, with ``mpk_runtime`` on the path.

Called as ``python enforcement_side.py ROUNDS``; writes ``{case: {side: [seconds, ...]}}`` as JSON. All sides are in
one process and take turns, so that what else the machine does falls on all of them.
"""

# MLflow and pandas are where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.pyfunc import _validate_prediction_input
from mlflow.pyfunc.scoring_server import infer_and_parse_data
from mlflow.types.schema import Schema

from mpk_runtime import payload
from mpk_runtime.enforcement import Enforcement
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Callable

TYPES = [*["double"] * 6, "long", "long", "boolean", "string", "string", "datetime"]
COLUMNS = [{"type": kind, "name": f"c{at}", "required": True} for at, kind in enumerate(TYPES)]
ROWS = (1, 10_000)
JSON_ROUNDS = 10


def frame(rows: int) -> Any:
    """A frame as it is declared; the values are the same in every run."""
    random = np.random.default_rng(0)
    moments = pd.date_range("2026-01-31", periods=rows, freq="s").astype("datetime64[ns]")
    made: dict[str, Callable[[], Any]] = {
        "double": lambda: random.normal(size=rows),
        "long": lambda: random.integers(0, 1000, rows),
        "boolean": lambda: random.integers(0, 2, rows).astype(bool),
        "string": lambda: [f"word {at}" for at in range(rows)],
        "datetime": lambda: moments,
    }
    return pd.DataFrame({column["name"]: made[str(column["type"])]() for column in COLUMNS})


def sides() -> dict[str, Callable[[Any], Any]]:
    """What is compared: from a frame to the model input."""
    signature, schema = Signature(COLUMNS, None, None), Schema.from_json(json.dumps(COLUMNS))
    return {
        "MLflow": lambda data: _validate_prediction_input(data, None, schema, None)[0],
        "mpk": Enforcement(signature).python,
        "mpk, mode mlflow": Enforcement(signature, "mlflow").python,
    }


def sides_of_json() -> dict[str, Callable[[bytes], Any]]:
    """The same, from the body of a request."""
    signature, schema = Signature(COLUMNS, None, None), Schema.from_json(json.dumps(COLUMNS))

    def by_mlflow(body: bytes) -> Any:
        return _validate_prediction_input(infer_and_parse_data(json.loads(body), schema), None, schema, None)[0]

    def by(mode: str) -> Callable[[bytes], Any]:
        enforcement = Enforcement(signature, mode)
        return lambda body: payload.decode(body, payload.JSON, enforcement)[0]

    return {"MLflow": by_mlflow, "mpk": by("strict"), "mpk, mode mlflow": by("mlflow")}


def measure(compared: dict[str, Callable[[Any], Any]], given: Any, rounds: int) -> dict[str, list[float]]:
    """Seconds of each side and round; each side has run once before."""
    times: dict[str, list[float]] = {name: [] for name in compared}
    for one in range(rounds + 1):
        for name, enforce in compared.items():
            begun = time.perf_counter()
            enforce(given)
            if one:
                times[name].append(time.perf_counter() - begun)
    return times


def main(rounds: int) -> None:
    """Measure all cases."""
    # Otherwise it would write a line for every frame with a column too many.
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    found = {}
    for rows in ROWS:
        valid = frame(rows)
        other = valid[valid.columns[::-1]].assign(more=0)
        body = json.dumps({"dataframe_split": json.loads(valid.to_json(orient="split", date_format="iso"))}).encode()
        # What is "2026-01-31T00:00:00.000Z" in pandas' JSON has no zone in the frame.
        body = body.replace(b'.000Z"', b'.000"').replace(b'.000000000"', b'.000"')
        shown = f"{rows:,} row{'s' if rows > 1 else ''} of {len(COLUMNS)}"
        found[f"{shown}, as declared"] = measure(sides(), valid, rounds)
        found[f"{shown}, reordered, one more"] = measure(sides(), other, rounds)
        found[f"{shown}, JSON"] = measure(sides_of_json(), body, JSON_ROUNDS if rows > 1 else rounds)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
