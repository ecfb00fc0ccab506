"""Run by a Python that has MLflow and not mpk: the models of MLflow's documentation, packaged by MLflow.

    documented_models.py RUNTIME FOLDER write     MLflow writes each below FOLDER; what its own load_model predicts
    documented_models.py RUNTIME FOLDER read      mpk's runtime loads all of them, in threads of one process

Standard output is JSON: name to predictions. Sources: https://mlflow.org/docs/2.13.0/models.html and
https://mlflow.org/docs/2.13.0/model/dependencies.html; the image pipeline is that of a well-known blog post, with a small
network in the place of the large one.
"""

# ruff: noqa: ANN001, ANN201, ANN202, ANN204, ARG002, D102, PTH109, PTH123 - the models are as their documentation has them
# These libraries are where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found, no-untyped-def, no-untyped-call, misc"

from __future__ import annotations

import contextlib
import importlib
import io
import json
import logging
import os
import sys
import textwrap
import threading
import warnings
from pathlib import Path
from typing import Any

import mlflow
import mlflow.pyfunc
import numpy as np
import pandas as pd

PINS = ["mlflow", "cloudpickle"]
INPUTS: dict[str, Any] = {
    "add_n": lambda: pd.DataFrame([range(10)]),
    "xgb_wrapper": lambda: pd.DataFrame(flowers()[0][:6, 2:]),
    "iris_random_forest": lambda: pd.DataFrame(flowers()[0][:6], columns=flowers()[2]),
    "flower_mapping": lambda: [0, 1, 2, 3, 4, 5],
    "my_model_1": lambda: [0],
    "my_model_2": lambda: [0],
    "pytorch_wrapper": lambda: picture(),  # noqa: PLW0108 - it is defined below
}

MODULES = {
    "custom_code.py": """
        from typing import List

        iris_types = ["setosa", "versicolor", "viginica"]


        def map_iris_types(predictions: int) -> List[str]:
            return [iris_types[pred] for pred in predictions]
    """,
    "flower_mapping.py": """
        from typing import Any, Dict, List, Optional

        from custom_code import map_iris_types  # import the external reference

        import mlflow


        class FlowerMapping(mlflow.pyfunc.PythonModel):
            \"\"\"Custom model with an external dependency\"\"\"

            def predict(
                self, context, model_input, params: Optional[Dict[str, Any]] = None
            ) -> List[str]:
                predictions = [pred % 3 for pred in model_input]

                # Call the external function
                return map_iris_types(predictions)
    """,
    "networks.py": """
        import torch


        class Small(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.convolution = torch.nn.Conv2d(3, 2, 3)
                self.linear = torch.nn.Linear(2, 3)

            def forward(self, images):
                return self.linear(torch.relu(self.convolution(images)).mean(dim=(2, 3)))
    """,
    "transforms.py": """
        import numpy as np
        import torch


        def prepared(image):
            return torch.from_numpy(np.asarray(image, dtype="float32") / 255).permute(2, 0, 1)
    """,
}
MY_MODEL = """
import mlflow

class MyModel(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input):
        return [{n}] * len(model_input)
"""


def flowers():
    """Measures, kinds and names, as ``sklearn.datasets.load_iris`` has them."""
    from sklearn import datasets

    iris = datasets.load_iris()
    return iris.data, iris.target, iris.feature_names


def picture():
    """A PIL image of 8 x 6 pixels."""
    from PIL import Image

    pixels: Any = (np.arange(8 * 6 * 3) % 256).astype("uint8").reshape(6, 8, 3)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return Image.open(file)


class AddN(mlflow.pyfunc.PythonModel):
    """Adds a number to all columns."""

    def __init__(self, n):
        self.n = n

    def predict(self, context, model_input):
        return model_input.apply(lambda column: column + self.n)


class XGBWrapper(mlflow.pyfunc.PythonModel):
    """A booster that is an artifact."""

    def load_context(self, context):
        import xgboost as xgb

        self.xgb_model = xgb.Booster()
        self.xgb_model.load_model(context.artifacts["xgb_model"])

    def predict(self, context, model_input):
        import xgboost as xgb

        input_matrix = xgb.DMatrix(model_input.values)
        return self.xgb_model.predict(input_matrix)


class PytorchWrapper(mlflow.pyfunc.PythonModel):
    """Pre-processing, a network and post-processing in one."""

    def load_context(self, context):
        import torch

        with open(context.artifacts["imagenet_class_index"]) as file:
            self.class_names = json.load(file)
        self.model = torch.load(context.artifacts["network"], weights_only=False)
        return self.model.eval()

    def predict(self, context, image):
        import torch
        from torch.nn import functional as F  # noqa: N812 - as everybody has it
        from transforms import prepared

        with torch.no_grad():
            # pre-processing
            image = prepared(image).float()
            image = image.unsqueeze(0)

            # prediction
            results = self.model(image)

            # post-processing
            probs = F.softmax(results, dim=-1)
            idx = torch.argmax(probs.data).item()

            class_name = self.class_names[str(idx)][1]
            conf = float(probs[0][idx])

        return class_name, conf


def add_n(path):
    mlflow.pyfunc.save_model(path=path, python_model=AddN(n=5), pip_requirements=PINS)


def xgb_wrapper(path):
    import xgboost as xgb

    data, kinds, _names = flowers()
    xgb_model = xgb.train(
        params={"max_depth": 10, "nthread": 1}, dtrain=xgb.DMatrix(data[:, 2:], label=kinds), num_boost_round=10
    )
    xgb_model.save_model("xgb_model.ubj")
    mlflow.pyfunc.save_model(
        path=path, python_model=XGBWrapper(), artifacts={"xgb_model": "xgb_model.ubj"}, pip_requirements=PINS
    )


def iris_random_forest(path):
    from mlflow.models.signature import infer_signature
    from sklearn.ensemble import RandomForestClassifier

    data, kinds, names = flowers()
    iris_train = pd.DataFrame(data, columns=names)
    clf = RandomForestClassifier(max_depth=7, random_state=0, n_estimators=10)
    clf.fit(iris_train, kinds)
    signature = infer_signature(iris_train, clf.predict(iris_train))
    mlflow.sklearn.save_model(clf, path, signature=signature, serialization_format="pickle", pip_requirements=PINS)


def flower_mapping(path):
    sys.path.insert(0, os.getcwd())
    from flower_mapping import FlowerMapping

    mlflow.pyfunc.save_model(path=path, python_model=FlowerMapping(), infer_code_paths=True, pip_requirements=PINS)


def my_models(paths):
    """Two models, of one module that changes in between."""
    my_model_path = Path("my_model.py")
    sys.path.insert(0, os.getcwd())
    for n, path in enumerate(paths, 1):
        my_model_path.write_text(MY_MODEL.format(n=n))
        my_model = importlib.reload(sys.modules["my_model"]) if n > 1 else importlib.import_module("my_model")
        model = my_model.MyModel()
        assert model.predict(context=None, model_input=[0]) == [n]
        mlflow.pyfunc.save_model(path=path, python_model=model, code_paths=[my_model_path], pip_requirements=PINS)


def pytorch_wrapper(path):
    import torch

    sys.path.insert(0, os.getcwd())
    from networks import Small

    torch.manual_seed(0)
    torch.save(Small(), "network.pt")
    picture().save("picture.png")
    Path("classes.json").write_text(json.dumps({"0": ["n0", "cat"], "1": ["n1", "dog"], "2": ["n2", "eel"]}))
    mlflow.pyfunc.save_model(
        path=path,
        python_model=PytorchWrapper(),
        artifacts={"imagenet_class_index": "classes.json", "network": "network.pt"},
        code_paths=["networks.py", "transforms.py"],
        pip_requirements=PINS,
    )


def write(folder: Path) -> dict[str, Any]:
    """MLflow's packages, and what it predicts with each."""
    os.chdir(folder)
    for name, text in MODULES.items():
        Path(name).write_text(textwrap.dedent(text).lstrip())
    for one in (add_n, xgb_wrapper, iris_random_forest, flower_mapping, pytorch_wrapper):
        one(str(folder / one.__name__))
    my_models([folder / "my_model_1", folder / "my_model_2"])
    told = {}
    for name, data in INPUTS.items():
        sys.modules.pop("my_model", None)
        sys.path[:] = [one for one in sys.path if "my_model_" not in one and one != str(folder)]
        told[name] = plain(mlflow.pyfunc.load_model(str(folder / name)).predict(data()))
    return told


def read(folder: Path) -> dict[str, Any]:
    """What mpk's runtime predicts with them, all at once."""
    import yaml

    from mpk_runtime import loading

    loaded: dict[str, Any] = {}
    told: dict[str, Any] = {}

    def load(name):
        document = yaml.safe_load((folder / name / "MLmodel").read_text())
        loaded[name] = loading.load(str(folder / name), document, isolated=True)

    def ask(name):
        told[name] = plain(loaded[name].predict(INPUTS[name]()))

    for action in (load, ask):
        threads = [threading.Thread(target=action, args=(name,)) for name in INPUTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    left = [name for name in ("my_model", "custom_code", "networks", "transforms") if name in sys.modules]
    return {**told, "modules": left, "path": [one for one in sys.path if str(folder) in one]}


def plain(predictions: Any) -> Any:
    """As JSON has it."""
    if isinstance(predictions, pd.DataFrame):
        return predictions.to_dict(orient="list")
    return predictions.tolist() if isinstance(predictions, np.ndarray) else predictions


def main() -> None:
    """Write, or read."""
    runtime, folder, what = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    sys.dont_write_bytecode = True
    with contextlib.redirect_stdout(sys.stderr):
        if what == "read":
            sys.path.insert(0, runtime)
        else:
            os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "true"
        told = (read if what == "read" else write)(folder)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
