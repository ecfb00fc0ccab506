"""Run by a Python that has MLflow (1.30, 2.x or 3.x) and not mpk: what MLflow makes of packages that mpk wrote.

Standard input is JSON, ``{name: {"root": path of the package, "input": path of a pickle of what to ask}}``; standard
output ``{name: {step of `steps`: what it gave, or {"error": in words}}}``. Each is read in a fork, since MLflow leaves
the code of one model on the path of the next.
"""

# MLflow is where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found, misc"

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pickle
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow.models
import mlflow.pyfunc
from mlflow.pyfunc.scoring_server import _get_jsonable_obj

if TYPE_CHECKING:
    from collections.abc import Callable

_OWN_FLAVORS = ("sklearn", "xgboost", "lightgbm", "onnx", "pytorch")
# Once for all forks; none of them starts a thread by that.
_IMPORTED_ONCE = ("sklearn.linear_model", "sklearn.pipeline", "sklearn.preprocessing", "lightgbm", "xgboost")
for _module in (*_IMPORTED_ONCE, *(f"mlflow.{one}" for one in _OWN_FLAVORS)):
    with contextlib.suppress(ImportError):
        importlib.import_module(_module)


def steps(package: dict[str, str]) -> dict[str, Callable[[], Any]]:
    """What is tried of a package."""
    root = package["root"]
    given = pickle.loads(Path(package["input"]).read_bytes())  # noqa: S301 - the test wrote it
    described = mlflow.models.Model.load(root)
    model = mlflow.pyfunc.load_model(root)

    def native() -> Any:
        name = next((one for one in _OWN_FLAVORS if one in described.flavors), None)
        return name and type(getattr(mlflow, name).load_model(root)).__name__

    def signature() -> Any:
        read = described.signature
        return read and {name: json.loads(one) for name, one in read.to_dict().items() if one}

    return {
        "predictions": lambda: plain(model.predict(given)),
        "from_example": lambda: plain(model.predict(described.load_input_example(root))),
        "native": native,
        "signature": signature,
    }


def plain(predictions: Any) -> Any:
    """Predictions as MLflow's server would send them."""
    if isinstance(predictions, dict):
        return {name: plain(value) for name, value in predictions.items()}
    return json.loads(
        json.dumps(_get_jsonable_obj(predictions, pandas_orient="records"), default=lambda one: one.item())
    )


def attempted(action: Callable[[], Any]) -> Any:
    """What it gave, or its error."""
    try:
        return action()
    except Exception as error:  # noqa: BLE001 - told to the test
        return {"error": f"{type(error).__name__}: {error}"}


def read(package: dict[str, str]) -> dict[str, Any]:
    """Everything of one package."""
    found = attempted(lambda: steps(package))
    if "error" in found:
        return {"load": found}
    return {name: attempted(action) for name, action in found.items()}


def main() -> None:
    """Read each package in a fork of this process, which has MLflow imported already."""
    warnings.simplefilter("ignore")
    # A package has to bring what lies beside this file.
    sys.path.remove(str(Path(__file__).parent))
    answers = {}
    for name, package in json.load(sys.stdin).items():
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            os.close(source)
            with os.fdopen(sink, "w") as out:
                json.dump(read(package), out)
            os._exit(0)
        os.close(sink)
        with os.fdopen(source) as answer:
            answers[name] = json.load(answer)
        os.waitpid(child, 0)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
