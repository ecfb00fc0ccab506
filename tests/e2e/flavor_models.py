"""Run by a Python that has MLflow and every library of a flavor, and not mpk: models, saved and loaded by both.

    flavor_models.py RUNTIME FOLDER make          every model is saved by mpk's flavors
    flavor_models.py RUNTIME FOLDER both          and read by MLflow, and by mpk; and those that MLflow saves by mpk

Standard output is JSON.
"""

# These libraries are where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found, misc"

from __future__ import annotations

import contextlib
import hashlib
import importlib
import json
import logging
import os
import pickle
import sys
import tempfile
import warnings
from pathlib import Path

import lightgbm
import numpy as np
import onnx
import onnx.helper
import pandas as pd
import skops.io
import torch
import xgboost
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, sys.argv[1])

from mpk_runtime import loading
from mpk_runtime.flavors import saving, table

ROWS = np.random.default_rng(0).normal(size=(60, 3))
FRAME = pd.DataFrame(ROWS, columns=["a", "b", "c"])
LABELS = (ROWS.sum(axis=1) > 0).astype(int)
EXAMPLES = ("input_example.json", "serving_input_example.json")
OF_MLFLOW = ("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt", *EXAMPLES)
THREADS = {"intra_op_num_threads": 1, "execution_mode": "sequential"}
QUIET = {"verbosity": -1, "num_leaves": 3, "min_child_samples": 2, "n_jobs": 1, "deterministic": True}


class Own(torch.nn.Module):
    """A network of a class that no other process can import."""

    def __init__(self) -> None:
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)

    def forward(self, rows: torch.Tensor, scale: float = 1.0) -> torch.Tensor:
        """The linear layer, scaled."""
        return self.linear(rows) * scale


class Thresholded(LogisticRegression):
    """An estimator of such a class."""

    def predict(self, rows: object) -> object:
        """Whether the probability is above a third."""
        return self.predict_proba(rows)[:, 1] > 1 / 3


def network() -> torch.nn.Module:
    """A network of PyTorch's own classes."""
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU(), torch.nn.Linear(4, 2)).eval()


def graph(names: tuple[str, ...] = ("rows",)) -> onnx.ModelProto:
    """A graph with two outputs: its inputs' sum, and that times three. One input has three columns, several have none."""
    floats, shape = onnx.TensorProto.FLOAT, [None, 3] if len(names) == 1 else [None]
    three = onnx.numpy_helper.from_array(np.full(3 if len(names) == 1 else 1, 3, dtype=np.float32), "three")
    nodes = [onnx.helper.make_node("Sum", names, ["sum"]), onnx.helper.make_node("Mul", ["sum", "three"], ["thrice"])]
    takes = [onnx.helper.make_tensor_value_info(name, floats, shape) for name in names]
    gives = [onnx.helper.make_tensor_value_info(name, floats, shape) for name in ("sum", "thrice")]
    made = onnx.helper.make_graph(nodes, "graph", takes, gives, [three])
    return onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def models() -> dict[str, tuple[object, object]]:
    """Every kind of model by name, with an input."""
    booster = xgboost.train({"max_depth": 2, "nthread": 1}, xgboost.DMatrix(FRAME, LABELS), 3)
    single = ROWS[:5].astype(np.float32)
    torch.manual_seed(0)
    own = Own()
    return {
        "sklearn": (make_pipeline(StandardScaler(), LogisticRegression()).fit(FRAME, LABELS), FRAME[:5]),
        "sklearn-by-value": (Thresholded().fit(FRAME, LABELS), FRAME[:5]),
        "xgboost": (booster, FRAME[:5]),
        "xgboost-classifier": (
            xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(FRAME, LABELS),
            FRAME[:5],
        ),
        "xgboost-regressor": (xgboost.XGBRegressor(n_estimators=3, max_depth=2, n_jobs=1).fit(ROWS, LABELS), ROWS[:5]),
        "lightgbm": (lightgbm.train(QUIET, lightgbm.Dataset(FRAME, LABELS), 3), FRAME[:5]),
        "lightgbm-classifier": (lightgbm.LGBMClassifier(n_estimators=3, **QUIET).fit(FRAME, LABELS), FRAME[:5]),
        "pytorch": (network(), FRAME[:5].set_index(pd.Index(list("vwxyz")))),
        "pytorch-array": (network(), single),
        "pytorch-by-value": (own, single),
        "pytorch-scripted": (torch.jit.script(own), single),
        "onnx": (graph(), FRAME[:5]),
        "onnx-array": (graph(), ROWS[:5]),
        "onnx-columns": (graph(("c", "a")), FRAME[:5]),
        "onnx-map": (graph(("c", "a")), {"a": single[:, 0], "c": single[:, 2]}),
    }


def plain(value: object) -> object:
    """A prediction as JSON, with what it is."""
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, pd.DataFrame):
        return ["DataFrame", value.columns.tolist(), value.index.tolist(), value.to_numpy().tolist()]
    return [type(value).__name__, str(np.asarray(value).dtype), np.asarray(value).tolist()]


def digests(folder: Path) -> dict[str, str]:
    """Path to digest of the files below a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def make(folder: Path) -> dict[str, object]:
    """What mpk saves of each model."""
    told: dict[str, object] = {}
    for name, (model, _data) in models().items():
        root = folder / name
        root.mkdir(parents=True)
        saved = saving.save(model, "", str(root))
        told[name] = {**saved, "files": digests(root)}
        (root / "MLmodel").write_text(json.dumps({"flavors": saved["flavors"]}))
    return told


def by_mpk(root: Path, data: object) -> object:
    """What mpk predicts with a package; MLmodel is written by MLflow, or here."""
    import yaml

    loaded = loading.load(str(root), yaml.safe_load((root / "MLmodel").read_text()))
    return plain(loaded.predict(data, None))


def read(folder: Path) -> dict[str, object]:
    """What mpk and MLflow make of what mpk saved, as python_function and as what the library gives."""
    import mlflow.pyfunc

    told: dict[str, object] = {}
    for name, (_model, data) in models().items():
        root, flavor = folder / name, name.split("-")[0]
        native = importlib.import_module(f"mlflow.{flavor}").load_model(str(root))
        row = table.by_name(flavor)
        told[name] = {
            "mlflow": plain(mlflow.pyfunc.load_model(str(root)).predict(data)),
            "mpk": by_mpk(root, data),
            "native": type(native).__name__,
            "brings": row and row.flavor.requirements(),
        }
    return told


def written(folder: Path) -> dict[str, object]:
    """What mpk and MLflow predict with what MLflow saved, in all formats that it has."""
    import mlflow.lightgbm
    import mlflow.onnx
    import mlflow.pyfunc
    import mlflow.pytorch
    import mlflow.sklearn
    import mlflow.xgboost

    known = models()
    single = known["pytorch-array"][1]
    estimators: dict[str, tuple[str, str, dict[str, object]]] = {
        f"sklearn-{form}": ("sklearn", "sklearn", {"serialization_format": form})
        for form in ("skops", "pickle", "cloudpickle")
    }
    ways: dict[str, tuple[str, str, dict[str, object]]] = {
        **estimators,
        "sklearn-probabilities": ("sklearn", "sklearn", {"pyfunc_predict_fn": "predict_proba"}),
        "xgboost-ubj": ("xgboost", "xgboost", {}),
        "xgboost-json": ("xgboost-classifier", "xgboost", {"model_format": "json"}),
        "lightgbm-booster": ("lightgbm", "lightgbm", {}),
        "lightgbm-skops": ("lightgbm-classifier", "lightgbm", {"serialization_format": "skops"}),
        "lightgbm-cloudpickle": ("lightgbm-classifier", "lightgbm", {"serialization_format": "cloudpickle"}),
        "pytorch-pickle": ("pytorch-by-value", "pytorch", {"serialization_format": "pickle"}),
        "pytorch-scripted": ("pytorch-scripted", "pytorch", {"serialization_format": "pickle"}),
        "pytorch-exported": ("pytorch-array", "pytorch", {"serialization_format": "pt2", "input_example": single}),
        "onnx-external": ("onnx-array", "onnx", {"size_threshold": 0, "onnx_session_options": THREADS}),
        "onnx-inline": ("onnx", "onnx", {"save_as_external_data": False}),
    }
    told: dict[str, object] = {}
    for name, (kind, flavor, further) in ways.items():
        root, (model, data) = folder / f"mlflow-{name}", known[kind]
        module = importlib.import_module(f"mlflow.{flavor}")
        module.save_model(model, str(root), pip_requirements=["mlflow"], **further)
        told[name] = {
            "mlflow": plain(mlflow.pyfunc.load_model(str(root)).predict(data)),
            "mpk": by_mpk(root, data),
            "files": sorted(path for path in digests(root) if path.split("/")[0] not in OF_MLFLOW),
        }
    return told


def adopted(folder: Path) -> dict[str, object]:
    """What mpk makes of files that the libraries saved."""
    known = models()
    files = Path(tempfile.mkdtemp(dir=folder))
    known["xgboost"][0].save_model(files / "booster.ubj")  # type: ignore[attr-defined]
    known["xgboost"][0].save_model(files / "booster.json")  # type: ignore[attr-defined]
    known["xgboost-classifier"][0].save_model(files / "classifier.ubj")  # type: ignore[attr-defined]
    known["lightgbm"][0].save_model(files / "booster.lgb")  # type: ignore[attr-defined]
    skops.io.dump(known["sklearn"][0], files / "pipeline.skops")
    (files / "pipeline.pkl").write_bytes(pickle.dumps(known["sklearn"][0]))
    importlib.import_module("joblib").dump(known["sklearn"][0], files / "pipeline.joblib")
    torch.save(known["pytorch-array"][0], files / "network.pt")
    torch.jit.save(known["pytorch-scripted"][0], files / "scripted.pt")
    torch.export.save(torch.export.export(network(), (torch.zeros(5, 3),)), files / "exported.pt2")
    torch.save(network().state_dict(), files / "weights.pt")
    onnx.save_model(graph(), files / "graph.onnx")
    onnx.save_model(graph(), files / "apart.onnx", save_as_external_data=True, location="apart.data", size_threshold=0)
    (files / "number.pkl").write_bytes(pickle.dumps(1))
    for broken in ("broken.ubj", "broken.lgb", "broken.onnx", "broken.pt", "broken.pkl", "broken.skops"):
        (files / broken).write_text("nothing")
    (files / "model.bin").touch()
    flavors = {".pkl": "sklearn", ".json": "xgboost"}
    told: dict[str, object] = {}
    for path in sorted(one for one in files.iterdir() if one.suffix != ".data"):
        root = folder / f"adopted-{path.name}"
        root.mkdir()
        try:
            saved = saving.adopt(str(path), flavors.get(path.suffix), str(root))
        except saving.AdoptionError as error:
            told[path.name] = str(error).replace(f"{files}/", "")
            continue
        data = ROWS[:5].astype(np.float32) if saved["kind"] == "pytorch" else FRAME[:5]
        loaded = loading.load(str(root), {"flavors": saved["flavors"]})
        told[path.name] = {
            "files": sorted(digests(root)),
            "kept": hashlib.sha256(path.read_bytes()).hexdigest() in digests(root).values(),
            "class": type(loaded.native).__name__,
            "predicted": plain(loaded.predict(data, None)),
        }
    return told


def main() -> None:
    """Make, or make and read."""
    folder = Path(sys.argv[2])
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    with contextlib.redirect_stdout(sys.stderr):
        told: dict[str, object] = {"made": make(folder)}
        if sys.argv[3] == "both":
            os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
            told.update(read=read(folder), written=written(folder), adopted=adopted(folder))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
