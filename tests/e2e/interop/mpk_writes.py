"""Run by a Python that has libraries: what mpk's runtime saves of a model of each kind, and what it predicts with that.

``PYTHONPATH`` has the runtime. Arguments: a folder, and the names of kinds. Leaves ``<folder>/<kind>/saved``, the model's files,
``input.pkl``, what it is asked, and ``made.json``: ``{"capture": as of a build, "manifest": {"config", "params"}, "artifacts": name to
file, "own": whether its code is that of the project}``.
"""

# The libraries are where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found, import-untyped, misc"

from __future__ import annotations

import json
import pickle
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import own_models
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mpk_runtime import capture, loading, proving
from mpk_runtime.examples.example import Example
from mpk_runtime.flavors import saving

if TYPE_CHECKING:
    from collections.abc import Callable

_PINNED = ("numpy", "pandas", "scikit-learn", "cloudpickle", "xgboost-cpu", "lightgbm", "onnx", "onnxruntime", "torch")
TABLE = pd.DataFrame({"width": [1.0, 2.0, 3.0, 4.0], "height": [4.0, 3.0, 1.0, 2.0]})
LABELS = np.array([0, 0, 1, 1])
ROW = {"name": "a", "sizes": [1.5, 2.5], "at": {"x": 1, "tags": ["u", "v"]}}
TYPES = pd.DataFrame(
    {
        "truth": [True, False],
        "small": np.array([1, 2], dtype="int32"),
        "whole": [1, 2**40],
        "single": np.array([0.5, 1.5], dtype="float32"),
        "real": [0.1, 0.2],
        "text": ["a", "b"],
        "moment": pd.to_datetime(["2024-02-29T12:00:00", "2025-01-01T00:00:00"]),
    }
)
QUIET = {"verbose": -1, "min_child_samples": 1, "min_data_in_bin": 1}


class Thresholded(LogisticRegression):
    """Of a class that no other process can import."""

    def predict(self, rows: Any) -> Any:
        """Whether the probability is above a third."""
        return self.predict_proba(rows)[:, 1] > 1 / 3


def closure() -> Any:
    """A function that is what it holds."""
    factor = 3

    def scaled(model_input: Any) -> Any:
        return {"widths": (model_input["width"] * factor).tolist()}

    return scaled


def xgboost_booster() -> Any:
    """XGBoost's own API."""
    import xgboost

    data = xgboost.DMatrix(TABLE, label=[0.0, 0.5, 1.0, 2.0])
    return xgboost.train({"max_depth": 2, "min_child_weight": 0, "nthread": 1}, data, num_boost_round=3)


def xgboost_classifier() -> Any:
    """That of scikit-learn."""
    import xgboost

    return xgboost.XGBClassifier(n_estimators=3, max_depth=2, min_child_weight=0, n_jobs=1).fit(TABLE, LABELS)


def lightgbm_booster() -> Any:
    """LightGBM's own API."""
    import lightgbm

    return lightgbm.train({**QUIET, "num_threads": 1}, lightgbm.Dataset(TABLE, [0.0, 0.5, 1.0, 2.0]), 3)


def lightgbm_classifier() -> Any:
    """That of scikit-learn."""
    import lightgbm

    return lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, **QUIET).fit(TABLE, LABELS)


def kinds(folder: Path) -> dict[str, tuple[Callable[[], Any], Any, dict[str, Any]]]:
    """Name to what makes the model, its input example, and what a manifest says more."""
    offset = folder / "offset.txt"
    offset.write_text("0.25")
    everything = {"artifacts": {"offset": str(offset)}, "config": {"times": 3}, "params": {"scale": 2.0}}
    return {
        "sklearn": (lambda: make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, LABELS), TABLE, {}),
        "sklearn_by_value": (lambda: Thresholded().fit(TABLE, LABELS), TABLE, {}),
        "xgboost_booster": (xgboost_booster, TABLE, {}),
        "xgboost_classifier": (xgboost_classifier, TABLE, {}),
        "lightgbm_booster": (lightgbm_booster, TABLE, {}),
        "lightgbm_classifier": (lightgbm_classifier, TABLE, {}),
        "class_with_all": (lambda: own_models.Scaled, TABLE, everything),
        "instance": (lambda: own_models.Shifted(0.5), TABLE, {}),
        "function": (lambda: own_models.area, TABLE, {}),
        "closure": (closure, TABLE, {}),
        "type_hints": (lambda: own_models.Hinted, [{"a": 1.5, "b": 2.0}, {"a": 1.0}], {}),
        "columns_of_all_types": (lambda: own_models.echo, TYPES, {}),
        "tensor": (lambda: own_models.echo, TABLE.to_numpy(), {}),
        "tensors": (lambda: own_models.echo, {"left": np.array([[1.0, 2.0]]), "right": np.array([[3], [4]])}, {}),
        "sparse": (lambda: own_models.echo, _sparse(), {}),
        "nested": (lambda: own_models.echo, pd.DataFrame([ROW, {**ROW, "name": "b"}]), {}),
        "records": (lambda: own_models.echo, [{"name": "a", "size": 1}, {"name": "b", "size": 2}], {}),
        "record": (lambda: own_models.echo, {"name": "a", "sizes": [1, 2]}, {}),
        "texts": (lambda: own_models.echo, ["a", "b"], {}),
    }


def _sparse() -> Any:
    from scipy.sparse import csr_matrix

    return csr_matrix(TABLE.to_numpy())


def attempt(_phase: str, action: Callable[[], Any]) -> Any:
    """Nothing is expected to fail."""
    return action()


def write(folder: Path, made_by: Callable[[], Any], value: Any, said: dict[str, Any]) -> None:
    """What a build does in the source environment."""
    saved = folder / "saved"
    saved.mkdir(parents=True)
    config, params = said.get("config", {}), said.get("params", {})
    model = made_by()
    own = getattr(model, "__module__", type(model).__module__) == own_models.__name__
    entrypoint = f"own_models:{model.__qualname__}" if own and hasattr(model, "__qualname__") else ""
    made = saving.save(model, entrypoint, str(saved))
    given = {"example": None, "in_hand": Example(value), "params": params, "config": config, "declared": None}
    made = capture.taking(made, {**given, "hinted": capture.hints_of(model, made)}, attempt)
    if "python_model" in made:
        description = {**made["python_model"], "artifacts": said.get("artifacts", {})}
        (saved / "python_model.json").write_text(json.dumps(description))
    function = {**made["flavors"]["python_function"], "config": config}
    loaded = loading.load(str(saved), {"flavors": {**made["flavors"], "python_function": function}})
    proven = proving.predict(loaded, {"described": made.pop("described"), "compare": "values"}, attempt)
    captured = {**made, **proven, "python": platform.python_version(), "requirements": _pins(), "wheels": {}}
    (folder / "input.pkl").write_bytes(pickle.dumps(value))
    told = {"capture": captured, "manifest": {"config": config, "params": params}, "own": own}
    (folder / "made.json").write_text(json.dumps({**told, "artifacts": said.get("artifacts", {})}))


def _pins() -> list[str]:
    found = []
    for name in _PINNED:
        try:
            found.append(f"{name}=={version(name).split('+')[0]}")
        except PackageNotFoundError:
            continue
    return found


def main() -> None:
    """Write the kinds that are asked for."""
    folder = Path(sys.argv[1])
    known = kinds(folder)
    for name in sys.argv[2:]:
        write(folder / name, *known[name])


if __name__ == "__main__":
    main()
