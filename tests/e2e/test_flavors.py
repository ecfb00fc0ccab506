"""Every flavor with its real library, and with the real MLflow: what each writes the other reads, and predicts equally."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e import mlflow_environment
from e2e.mlflow_environment import LIBRARIES
from support import PROJECT

MODELS = Path(__file__).with_name("flavor_models.py")
SAVED = {
    "sklearn": ("Pipeline", ["model.pkl"]),
    "sklearn-by-value": ("Thresholded", ["model.pkl"]),
    "xgboost": ("Booster", ["model.ubj"]),
    "xgboost-classifier": ("XGBClassifier", ["model.ubj"]),
    "xgboost-regressor": ("XGBRegressor", ["model.ubj"]),
    "lightgbm": ("Booster", ["model.lgb"]),
    "lightgbm-classifier": ("LGBMClassifier", ["model.pkl"]),
    **{
        f"pytorch{kind}": (network, ["data/model.pth", "data/pickle_module_info.txt"])
        for kind, network in (
            *(("", "Sequential"), ("-array", "Sequential"), ("-by-value", "Own")),
            ("-scripted", "RecursiveScriptModule"),
        )
    },
    **{f"onnx{kind}": ("ModelProto", ["model.onnx"]) for kind in ("", "-array", "-columns", "-map")},
}
WRITTEN = {
    **{f"sklearn-{form}": ["model.pkl"] for form in ("pickle", "cloudpickle")},
    **{name: ["model.skops"] for name in ("sklearn-skops", "sklearn-probabilities", "lightgbm-skops")},
    "xgboost-ubj": ["model.ubj"],
    "xgboost-json": ["model.json"],
    "lightgbm-booster": ["model.lgb"],
    "lightgbm-cloudpickle": ["model.pkl"],
    **{f"pytorch-{form}": ["data/model.pth", "data/pickle_module_info.txt"] for form in ("pickle", "scripted")},
    "pytorch-exported": ["data/model.pt2"],
    "onnx-inline": ["model.onnx"],
}
# File to what it is packaged as, whether as it is, and the class that is loaded; or the error.
ADOPTED = {
    "booster.ubj": (["model.ubj"], True, "Booster"),
    "booster.json": (["model.json"], True, "Booster"),
    "classifier.ubj": (["model.ubj"], True, "XGBClassifier"),
    "booster.lgb": (["model.lgb"], True, "Booster"),
    "pipeline.skops": (["model.skops"], True, "Pipeline"),
    "pipeline.pkl": (["model.pkl"], False, "Pipeline"),
    "pipeline.joblib": (["model.pkl"], False, "Pipeline"),
    "network.pt": (["data/model.pth", "data/pickle_module_info.txt"], False, "Sequential"),
    "scripted.pt": (["data/model.pth", "data/pickle_module_info.txt"], False, "RecursiveScriptModule"),
    "exported.pt2": (["data/model.pt2"], True, "GraphModule"),
    "graph.onnx": (["model.onnx"], True, "InferenceSession"),
    "apart.onnx": (["model.onnx"], False, "InferenceSession"),
    "weights.pt": (
        "pytorch can't read weights.pt: it holds weights alone (a state_dict) and not the module that they are of; "
        "expected an entrypoint: a function that makes the module and loads them into it"
    ),
    "number.pkl": "sklearn can't read number.pkl: it holds a int; expected an estimator",
    "broken.ubj": (
        "xgboost can't read broken.ubj: Check failed: str[0] == '{' (n vs. {) : Invalid model format in: `broken.ubj`."
    ),
    "broken.lgb": "lightgbm can't read broken.lgb: Unknown model format or submodel type in model file broken.lgb",
    "broken.onnx": (
        "onnx can't read broken.onnx: Error parsing message with type 'onnx.ModelProto': Wire format was corrupt"
    ),
    "broken.pt": "pytorch can't read broken.pt: invalid load key, 'n'.",
    "broken.pkl": "sklearn can't read broken.pkl: invalid load key, 'n'.",
    "broken.skops": "sklearn can't read broken.skops: File is not a zip file",
    "model.bin": (
        "its name does not tell which library saved model.bin; expected model: {flavor: NAME} with one of lightgbm, "
        "onnx, pytorch, sklearn, xgboost"
    ),
}


def run(script: Path, folder: Path, what: str) -> dict[str, Any]:
    interpreter = mlflow_environment.python(LIBRARIES)
    done = subprocess.run(
        [interpreter, "-B", script, PROJECT / "mpk_build/runtime", folder, what],
        # As mpk runs what it makes.
        env=mlflow_environment.environment(interpreter, PYTHONHASHSEED="0"),
        cwd=script.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return run(MODELS, tmp_path_factory.mktemp("flavors"), "both")


def test_what_mpk_saves_lies_where_mlflow_has_it(told: dict[str, Any]) -> None:
    assert {name: list(one["files"]) for name, one in told["made"].items()} == {
        name: files for name, (_class, files) in SAVED.items()
    }
    assert {name: one["flavors"]["python_function"]["loader_module"] for name, one in told["made"].items()} == {
        name: f"mlflow.{name.split('-')[0]}" for name in SAVED
    }
    assert [name for name, one in told["made"].items() if one["by_value"]] == ["sklearn-by-value", "pytorch-by-value"]


def test_what_mpk_saves_mlflow_loads_and_predicts_equally(told: dict[str, Any]) -> None:
    assert {name: one["native"] for name, one in told["read"].items()} == {
        name: class_ for name, (class_, _files) in SAVED.items()
    }
    assert {name: one["mpk"] for name, one in told["read"].items()} == {
        name: one["mlflow"] for name, one in told["read"].items()
    }


def test_what_mlflow_saves_mpk_loads_and_predicts_equally(told: dict[str, Any]) -> None:
    external = told["written"].pop("onnx-external")
    assert {name: one["files"] for name, one in told["written"].items()} == WRITTEN
    assert len(external["files"]) == 2
    assert external["mpk"] == external["mlflow"]
    assert {name: one["mpk"] for name, one in told["written"].items()} == {
        name: one["mlflow"] for name, one in told["written"].items()
    }


def test_a_file_that_a_library_saved_is_taken_over(told: dict[str, Any]) -> None:
    adopted = told["adopted"]
    found = {
        name: one if isinstance(one, str) else (one["files"], one["kept"], one["class"])
        for name, one in adopted.items()
    }
    assert found == ADOPTED
    predicted = {name: one["predicted"] for name, one in adopted.items() if not isinstance(one, str)}
    read = {name: one["mpk"] for name, one in told["read"].items()}
    of_file = {
        **dict.fromkeys(("booster.ubj", "booster.json"), "xgboost"),
        "classifier.ubj": "xgboost-classifier",
        "booster.lgb": "lightgbm",
        **dict.fromkeys(("pipeline.skops", "pipeline.pkl", "pipeline.joblib"), "sklearn"),
        **dict.fromkeys(("network.pt", "exported.pt2"), "pytorch-array"),
        "scripted.pt": "pytorch-scripted",
        **dict.fromkeys(("graph.onnx", "apart.onnx"), "onnx"),
    }
    assert predicted == {name: read[model] for name, model in of_file.items()}


def test_elsewhere_the_same_bytes_are_saved(told: dict[str, Any], tmp_path: Path) -> None:
    script = tmp_path / "elsewhere" / MODELS.name
    script.parent.mkdir()
    shutil.copyfile(MODELS, script)
    assert run(script, tmp_path / "saved", "make")["made"] == told["made"]
