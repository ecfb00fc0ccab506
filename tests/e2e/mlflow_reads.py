"""Run by a Python that has MLflow and not mpk: what MLflow makes of packages.

Standard input is JSON, ``{name: path of a package}``, and so is standard output, ``{name: what `read` found}``. Each is
read in a process of its own, since MLflow leaves the code of one model on the path of the next.
"""

# MLflow is where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import importlib.util
import json
import logging
import os
import sys
import warnings

import mlflow
import mlflow.models
import mlflow.pyfunc
import mlflow.sklearn
import pandas as pd
from mlflow.pyfunc.scoring_server import _get_jsonable_obj


def read(path: str) -> dict[str, object]:
    """What MLflow makes of one package."""
    told: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger("mlflow").addHandler(handler)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        described = mlflow.models.Model.load(path)
        model = mlflow.pyfunc.load_model(path)
        example = model.input_example
        serving = json.loads(described.get_serving_input(path))
        answers = {
            "from_example": plain(model.predict(example)),
            "serving": serving,
            "signature": described.signature.to_dict(),
            "example_info": described.saved_input_example_info,
        }
        if "dataframe_split" in serving:
            frame = pd.DataFrame(**serving["dataframe_split"])
            answers["is_frame"] = isinstance(example, pd.DataFrame)
            answers["from_frame"] = plain(model.predict(frame))
        if "sklearn" in described.flavors:
            native = mlflow.sklearn.load_model(path)
            answers["native"] = [type(native).__name__, plain(native.predict(example))]
    ours = [str(one.message) for one in caught if path in str(one.filename)]
    return {**answers, "warnings": [*told, *ours], "mpk": bool(importlib.util.find_spec("mpk_build"))}


def plain(predictions: object) -> object:
    """Predictions as MLflow's server would send them."""
    from mlflow.utils.proto_json_utils import NumpyEncoder

    text = json.dumps(_get_jsonable_obj(predictions, pandas_orient="records"), cls=NumpyEncoder)
    # MLflow writes NaN, which is not JSON.
    return json.loads(text, parse_constant=lambda _name: None)


def main() -> None:
    """Read each package in a fork of this process, which has MLflow imported already."""
    answers = {}
    for name, path in json.load(sys.stdin).items():
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            os.close(source)
            with os.fdopen(sink, "w") as out:
                try:
                    json.dump(read(path), out)
                except BaseException as error:  # noqa: BLE001 - told to the test
                    json.dump({"error": f"{type(error).__name__}: {error}"}, out)
            os._exit(0)
        os.close(sink)
        with os.fdopen(source) as answer:
            answers[name] = json.load(answer)
        os.waitpid(child, 0)
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
