"""Run by a Python that has MLflow (1.30, 2.x or 3.x) and not mpk: MLflow writes one package of each kind.

Arguments: a new folder, and the names of kinds, or none for all that this MLflow knows. Leaves
``<folder>/<kind>/model``, the package, and ``<folder>/<kind>/asked.json``: ``{"request": body of a request,
"predictions": what MLflow's own load_model predicts for it}``. Each is written in a process of its own, since MLflow
leaves the code of one model on the path of the next. Requirements are given and not inferred, which takes MLflow seconds;
but for ``inferred``, which is what MLflow makes of it by itself.
"""

# MLflow is where this runs, and not where it is checked.
# Its models are as MLflow calls them, whatever they make of their arguments.
# ruff: noqa: ARG002, D102
# mypy: disable-error-code="import-not-found, import-untyped, misc"

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import textwrap
import traceback
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from mlflow.pyfunc.scoring_server import _get_jsonable_obj

if TYPE_CHECKING:
    from collections.abc import Callable

_PINNED = (
    *("mlflow", "numpy", "pandas", "scikit-learn", "cloudpickle", "xgboost-cpu", "lightgbm"),
    *("onnx", "onnxruntime", "skops", "pydantic"),
)
_IMPORTED_ONCE = (
    *("sklearn.linear_model", "sklearn.pipeline", "sklearn.preprocessing", "lightgbm", "xgboost", "skl2onnx", "torch"),
    *("onnxruntime", "skops.io", "mlflow.sklearn", "mlflow.xgboost", "mlflow.lightgbm", "mlflow.onnx"),
)
MAJOR = int(mlflow.__version__.split(".")[0])
TABLE = pd.DataFrame({"width": [1.0, 2.0, 3.0, 4.0], "height": [4.0, 3.0, 1.0, 2.0]})
ARRAY = np.array([[1.0, 4.0], [2.0, 3.0], [3.0, 1.0], [4.0, 2.0]])
KINDS: dict[str, Callable[[Path], Any]] = {}


def kind(since: int = 1, needs: str | None = None) -> Callable[[Callable[[Path], Any]], Callable[[Path], Any]]:
    """Adds a kind that MLflow writes since a major version, where a library is installed."""

    def add(write: Callable[[Path], Any]) -> Callable[[Path], Any]:
        if since <= MAJOR and (needs is None or importlib.util.find_spec(needs)):
            KINDS[write.__name__] = write
        return write

    return add


def pins(*more: str) -> list[str]:
    """The same for all kinds, so that one environment is good for all; at the installed versions."""
    return [f"{name}=={version(name).split('+')[0]}" for name in (*_PINNED, *more) if _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def fitted() -> Any:
    """A pipeline that learnt which is the wider."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), LogisticRegression()).fit(TABLE, np.array([0, 0, 1, 1]))


def sklearn_model(path: Path, form: str, **more: Any) -> Any:
    """A pipeline, in one of the forms that it can have."""
    import mlflow.sklearn

    model = fitted()
    mlflow.sklearn.save_model(
        model,
        path,
        serialization_format=form,
        signature=infer_signature(TABLE, model.predict(TABLE)),
        input_example=TABLE,
        **{"pip_requirements": pins(), **more},
    )
    return TABLE


@kind()
def sklearn_pickle(path: Path) -> Any:
    return sklearn_model(path, "pickle")


@kind()
def sklearn_cloudpickle(path: Path) -> Any:
    return sklearn_model(path, "cloudpickle")


@kind(since=3, needs="skops")
def sklearn_skops(path: Path) -> Any:
    return sklearn_model(path, "skops")


@kind(since=2)
def sklearn_probabilities(path: Path) -> Any:
    return sklearn_model(path, "cloudpickle", pyfunc_predict_fn="predict_proba")


@kind()
def inferred(path: Path) -> Any:
    """All defaults."""
    import mlflow.sklearn

    mlflow.sklearn.save_model(fitted(), path)
    return TABLE


@kind(needs="xgboost")
def xgboost_booster(path: Path) -> Any:
    import mlflow.xgboost
    import xgboost

    data = xgboost.DMatrix(TABLE, label=[0.0, 0.5, 1.0, 2.0])
    model = xgboost.train({"max_depth": 2, "min_child_weight": 0}, data, num_boost_round=3)
    mlflow.xgboost.save_model(
        model,
        path,
        signature=infer_signature(TABLE, model.predict(data)),
        input_example=TABLE,
        pip_requirements=pins(),
    )
    return TABLE


@kind(needs="xgboost")
def xgboost_classifier(path: Path) -> Any:
    import mlflow.xgboost
    import xgboost

    model = xgboost.XGBClassifier(n_estimators=3, max_depth=2, min_child_weight=0).fit(TABLE, np.array([0, 0, 1, 1]))
    mlflow.xgboost.save_model(
        model,
        path,
        signature=infer_signature(TABLE, model.predict(TABLE)),
        input_example=TABLE,
        pip_requirements=pins(),
    )
    return TABLE


@kind(needs="lightgbm")
def lightgbm_booster(path: Path) -> Any:
    import lightgbm
    import mlflow.lightgbm

    data = lightgbm.Dataset(TABLE, label=[0.0, 0.5, 1.0, 2.0])
    model = lightgbm.train({"min_data_in_leaf": 1, "min_data_in_bin": 1, "verbose": -1, "num_threads": 1}, data, 3)
    mlflow.lightgbm.save_model(
        model,
        path,
        signature=infer_signature(TABLE, model.predict(TABLE)),
        input_example=TABLE,
        pip_requirements=pins(),
    )
    return TABLE


@kind(needs="lightgbm")
def lightgbm_classifier(path: Path) -> Any:
    import lightgbm
    import mlflow.lightgbm

    model = lightgbm.LGBMClassifier(n_estimators=3, min_child_samples=1, min_data_in_bin=1, verbose=-1, n_jobs=1).fit(
        TABLE, np.array([0, 0, 1, 1])
    )
    mlflow.lightgbm.save_model(
        model,
        path,
        signature=infer_signature(TABLE, model.predict(TABLE)),
        input_example=TABLE,
        pip_requirements=pins(),
    )
    return TABLE


@kind(needs="skl2onnx")
def onnx(path: Path) -> Any:
    import mlflow.onnx
    from skl2onnx import to_onnx

    array = ARRAY.astype("float32")
    model = to_onnx(fitted().fit(array, np.array([0, 0, 1, 1])), array, options={"zipmap": False})
    mlflow.onnx.save_model(
        model,
        path,
        signature=infer_signature({"X": array}, {"label": np.array([0, 0, 1, 1])}),
        input_example={"X": array},
        pip_requirements=pins(),
    )
    return {"X": array}


@kind(since=3, needs="torch")
def pytorch(path: Path) -> Any:
    import mlflow.pytorch
    import torch

    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)).eval()
    array = ARRAY.astype("float32")
    mlflow.pytorch.save_model(
        model,
        path,
        signature=infer_signature(array, model(torch.from_numpy(array)).detach().numpy()),
        input_example=array,
        pip_requirements=pins("torch"),
    )
    return array


class Scaled(mlflow.pyfunc.PythonModel):
    """A model with all that MLflow gives one: an artifact, code of its own, config, params."""

    def load_context(self, context: Any) -> None:
        self.offset = float(Path(context.artifacts["offset"]).read_text())

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        from own_units import factor

        config = getattr(context, "model_config", None) or {}
        scale = (params or {}).get("scale", 1.0) * config.get("times", 1)
        return [value * factor() * scale + self.offset for value in model_input["width"].tolist()]


def with_code(work: Path) -> dict[str, Any]:
    """An artifact and a module of its own in the working folder."""
    (work / "offset.txt").write_text("0.25")
    (work / "own_units.py").write_text("def factor():\n    return 10\n")
    return {"artifacts": {"offset": str(work / "offset.txt")}, "code_paths": [str(work / "own_units.py")]}


@kind()
def class_with_all(path: Path) -> Any:
    given = with_code(path.parent)
    if MAJOR == 1:
        given = {"artifacts": given["artifacts"], "code_path": given["code_paths"]}
        signature, example = infer_signature(TABLE, np.array([1.0])), TABLE
    else:
        signature = infer_signature(TABLE, np.array([1.0]), params={"scale": 2.0})
        given["model_config"], example = {"times": 3}, (TABLE, {"scale": 2.0})
    mlflow.pyfunc.save_model(
        path,
        python_model=Scaled(),
        signature=signature,
        input_example=example,
        pip_requirements=pins(),
        **given,
    )
    return TABLE


class Widths(mlflow.pyfunc.PythonModel):
    """A class of ``__main__`` that needs nothing but what MLflow hands over."""

    def predict(self, context: Any, model_input: Any) -> Any:
        return (model_input["width"] * 2).tolist()


@kind()
def class_without_signature(path: Path) -> Any:
    mlflow.pyfunc.save_model(path, python_model=Widths(), pip_requirements=pins())
    return TABLE


@kind(since=2)
def function(path: Path) -> Any:
    def area(model_input: Any) -> Any:
        return (model_input["width"] * model_input["height"]).tolist()

    mlflow.pyfunc.save_model(path, python_model=area, input_example=TABLE, pip_requirements=pins())
    return TABLE


CODE_MODEL = """
    import mlflow
    from mlflow.models import set_model
    from mlflow.pyfunc import PythonModel
    from own_units import factor


    class Tall(PythonModel):
        def predict(self, context, model_input, params=None):
            return (model_input["height"] * factor()).tolist()


    set_model(Tall())
"""


@kind(since=2)
def code_model(path: Path) -> Any:
    work = path.parent
    code = with_code(work)["code_paths"]
    sys.path.insert(0, str(work))
    (work / "tall.py").write_text(textwrap.dedent(CODE_MODEL).lstrip())
    mlflow.pyfunc.save_model(
        path,
        python_model=str(work / "tall.py"),
        code_paths=code,
        signature=infer_signature(TABLE, np.array([1.0])),
        input_example=TABLE,
        pip_requirements=pins(),
    )
    return TABLE


LOADER = """
    import json


    class _Steps:
        def __init__(self, steps):
            self.steps = steps

        def predict(self, frame):
            return [next((name for limit, name in self.steps if width < limit), "huge") for width in frame["width"]]


    def _load_pyfunc(path):
        with open(path) as file:
            return _Steps(json.load(file))
"""


@kind()
def loader_module(path: Path) -> Any:
    work = path.parent
    (work / "steps.json").write_text('[[2, "small"], [4, "large"]]')
    (work / "own_steps.py").write_text(textwrap.dedent(LOADER).lstrip())
    code = {"code_path" if MAJOR == 1 else "code_paths": [str(work / "own_steps.py")]}
    mlflow.pyfunc.save_model(
        path,
        loader_module="own_steps",
        data_path=str(work / "steps.json"),
        signature=infer_signature(TABLE, np.array(["small"])),
        input_example=TABLE,
        pip_requirements=pins(),
        **code,
    )
    return TABLE


def told(value: Any) -> Any:
    """What JSON has no form for: MLflow makes numpy's numbers of those in an object."""
    return value.item() if hasattr(value, "item") else str(value)


class Echo(mlflow.pyfunc.PythonModel):
    """What it gets, as text that tells its type."""

    def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
        if isinstance(model_input, dict):
            return [f"{name}: {value!r}" for name, value in sorted(model_input.items())]
        if hasattr(model_input, "toarray"):
            return [f"sparse: {model_input.toarray().tolist()}"]
        if hasattr(model_input, "to_dict"):
            return [json.dumps(row, default=told) for row in model_input.to_dict(orient="records")]
        return [repr(model_input)]


def echo(path: Path, example: Any) -> Any:
    """A model that says what it gets."""
    mlflow.pyfunc.save_model(
        path,
        python_model=Echo(),
        signature=infer_signature(example, np.array(["text"])),
        input_example=example,
        pip_requirements=pins(),
    )
    return example


@kind()
def columns_of_all_types(path: Path) -> Any:
    moments = pd.to_datetime(["2024-02-29T12:00:00", "2025-01-01T00:00:00"])
    return echo(
        path,
        pd.DataFrame(
            {
                "truth": [True, False],
                "small": np.array([1, 2], dtype="int32"),
                "whole": [1, 2**40],
                "single": np.array([0.5, 1.5], dtype="float32"),
                "real": [0.1, 0.2],
                "text": ["a", "b"],
                "moment": moments,
            }
        ),
    )


@kind()
def tensor(path: Path) -> Any:
    return echo(path, ARRAY)


@kind()
def tensors(path: Path) -> Any:
    return echo(path, {"left": np.array([[1.0, 2.0]]), "right": np.array([[3], [4]])})


@kind(since=2)
def nested(path: Path) -> Any:
    row = {"name": "a", "sizes": [1.5, 2.5], "at": {"x": 1, "tags": ["u", "v"]}}
    return echo(path, pd.DataFrame([row, {**row, "name": "b"}]))


@kind(since=2)
def records(path: Path) -> Any:
    return echo(path, [{"name": "a", "size": 1}, {"name": "b", "size": 2}])


@kind(since=2)
def texts(path: Path) -> Any:
    return echo(path, ["a", "b"])


@kind()
def sparse(path: Path) -> Any:
    from scipy.sparse import csr_matrix

    mlflow.pyfunc.save_model(path, python_model=Echo(), input_example=csr_matrix(ARRAY), pip_requirements=pins())
    return None


@kind(since=3)
def type_hints(path: Path) -> Any:
    import pydantic

    class Plot(pydantic.BaseModel):
        width: float
        height: float = 2.0

    def predict(self: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG001 - as MLflow calls it
        return [plot.width * plot.height for plot in model_input]

    # MLflow looks at what stands there, which here is text.
    predict.__annotations__ = {"model_input": list[Plot], "return": list[float]}
    hinted = type("Hinted", (mlflow.pyfunc.PythonModel,), {"predict": predict})
    mlflow.pyfunc.save_model(
        path,
        python_model=hinted(),
        input_example=[{"width": 2.0, "height": 3.0}],
        pip_requirements=pins(),
    )
    return [{"width": 2.0, "height": 3.0}, {"width": 2.0, "height": 1.0}]


def request_of(example: Any) -> dict[str, Any]:
    """The body of a request that carries an example."""
    if isinstance(example, pd.DataFrame):
        frame = json.loads(example.to_json(orient="split", date_format="iso", date_unit="ns"))
        return {"dataframe_split": {"columns": frame["columns"], "data": frame["data"]}}
    if isinstance(example, dict):
        return {"inputs": {name: value.tolist() for name, value in example.items()}}
    return {"inputs": example.tolist() if isinstance(example, np.ndarray) else example}


def plain(predictions: Any) -> Any:
    """Predictions as MLflow's server would send them."""
    if isinstance(predictions, dict):
        return {name: plain(value) for name, value in predictions.items()}
    return json.loads(
        json.dumps(_get_jsonable_obj(predictions, pandas_orient="records"), default=lambda one: one.item())
    )


def write(name: str, folder: Path) -> None:
    """Write one kind."""
    folder.mkdir(parents=True)
    os.chdir(folder)
    example = KINDS[name](folder / "model")
    asked = None
    if example is not None:
        predictions = mlflow.pyfunc.load_model(str(folder / "model")).predict(example)
        asked = {"request": request_of(example), "predictions": plain(predictions)}
    (folder / "asked.json").write_text(json.dumps(asked))


def main(folder: str, *names: str) -> None:
    """Write the kinds, each in a fork of this process, which has MLflow imported already."""
    warnings.simplefilter("ignore")
    # Once for all forks; none of them starts a thread by that.
    for module in _IMPORTED_ONCE:
        if importlib.util.find_spec(module.split(".")[0]):
            importlib.import_module(module)
    failed = [f"{name}: no such kind here" for name in sorted(set(names) - set(KINDS))]
    for name in [one for one in KINDS if not names or one in names]:
        child = os.fork()
        if not child:
            code = 1
            try:
                write(name, Path(folder).resolve() / name)
                code = 0
            except BaseException:  # noqa: BLE001 - told to the test
                traceback.print_exc()
            sys.stderr.flush()
            os._exit(code)
        if os.waitpid(child, 0)[1]:
            failed.append(name)
    sys.exit(f"not written: {', '.join(failed)}" if failed else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
