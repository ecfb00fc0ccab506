"""The models of MLflow's documentation, by name: as MLflow packages them, and as mpk does, all in one process at once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from e2e import mlflow_environment
from e2e.mlflow_environment import LIBRARIES
from e2e.projects import Project, write_project
from support import PROJECT

from mpk_runtime import loading

if TYPE_CHECKING:
    from collections.abc import Callable

SCRIPT = Path(__file__).with_name("documented_models.py")
ADDED = {str(column): [column + 5] for column in range(10)}
FLOWERS = ["setosa", "versicolor", "viginica", "setosa", "versicolor", "viginica"]


def run(folder: Path, what: str) -> dict[str, Any]:
    interpreter = mlflow_environment.python(LIBRARIES)
    done = subprocess.run(
        [interpreter, "-B", SCRIPT, PROJECT / "mpk_build/runtime", folder, what],
        env=mlflow_environment.environment(interpreter),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The packages that MLflow has written, and what it predicts with them."""
    folder = tmp_path_factory.mktemp("documented")
    return folder, run(folder, "write")


@pytest.fixture(scope="module")
def read(packages: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    """What mpk predicts with them, all loaded in one process."""
    return run(packages[0], "read")


@pytest.mark.parametrize(
    ("name", "predictions"),
    [
        ("add_n", ADDED),
        ("xgb_wrapper", None),
        ("iris_random_forest", [0] * 6),
        ("flower_mapping", FLOWERS),
        ("my_model_1", [1]),
        ("my_model_2", [2]),
        ("pytorch_wrapper", None),
    ],
)
def test_what_mlflow_packaged_predicts_the_same(
    name: str, predictions: Any, packages: tuple[Path, dict[str, Any]], read: dict[str, Any]
) -> None:
    asked = packages[1][name]
    assert read[name] == asked
    assert asked == (asked if predictions is None else predictions)


def test_nothing_of_them_is_left_where_others_look(read: dict[str, Any]) -> None:
    assert (read["modules"], read["path"]) == ([], [])


def shared(*needs: str) -> dict[str, Any]:
    """Made where every library is, and proven there: no environment has to be made for it, and nothing to be found."""
    source = str(mlflow_environment.python(LIBRARIES))
    return {"requirements": {"source": source, "pip": list(needs)}, "validate": {"manager": "local"}}


def test_add_n(tmp_path: Path) -> None:
    """With MLflow's own base class, which the model then needs."""
    made = write_project(
        tmp_path,
        {
            **shared("mlflow-skinny==3.17.2", "pandas==3.1.1"),
            "model": {"entrypoint": "models:add5_model"},
            "input_example": {"columns": [f"{column}" for column in range(10)], "data": [list(range(10))]},
        },
        {
            "models.py": """
            import mlflow.pyfunc

            # Define the model class
            class AddN(mlflow.pyfunc.PythonModel):

                def __init__(self, n):
                    self.n = n

                def predict(self, context, model_input):
                    return model_input.apply(lambda column: column + self.n)

            add5_model = AddN(n=5)
            """
        },
    )
    made.build()
    assert made.predict() == [{name: values[0] for name, values in ADDED.items()}]


def test_xgb_wrapper(tmp_path: Path, packages: tuple[Path, dict[str, Any]]) -> None:
    made = write_project(
        tmp_path,
        {
            **shared("xgboost-cpu==3.2.0", "pandas==3.1.1"),
            "model": {"entrypoint": "models:XGBWrapper", "artifacts": {"xgb_model": "xgb_model.ubj"}},
            "input_example": {"columns": ["2", "3"], "data": [[1.4, 0.2] for _ in range(6)]},
        },
        {
            "models.py": """
            class XGBWrapper:

                def load_context(self, context):
                    import xgboost as xgb
                    self.xgb_model = xgb.Booster()
                    self.xgb_model.load_model(context.artifacts["xgb_model"])

                def predict(self, context, model_input):
                    import xgboost as xgb
                    input_matrix = xgb.DMatrix(model_input.values)
                    return self.xgb_model.predict(input_matrix)
            """
        },
    )
    shutil.copyfile(packages[0] / "xgb_model.ubj", tmp_path / "xgb_model.ubj")
    made.build()
    assert made.predict() == pytest.approx(packages[1]["xgb_wrapper"])


IRIS = ["sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"]


def test_iris_random_forest_with_an_explicit_signature(tmp_path: Path) -> None:
    declared = {
        "inputs": [{"type": "double", "name": name} for name in IRIS],
        "outputs": [{"type": "long"}],
    }
    made = write_project(
        tmp_path,
        {
            **shared("scikit-learn==1.9.1", "pandas==3.1.1"),
            "model": {"entrypoint": "models:fit()"},
            "input_example": {"columns": IRIS, "data": [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]},
            "signature": declared,
        },
        {
            "models.py": """
            import pandas as pd
            from sklearn import datasets
            from sklearn.ensemble import RandomForestClassifier

            def fit():
                iris = datasets.load_iris()
                iris_train = pd.DataFrame(iris.data, columns=iris.feature_names)
                clf = RandomForestClassifier(max_depth=7, random_state=0, n_estimators=10)
                return clf.fit(iris_train, iris.target)
            """,
        },
    )
    made.build()
    assert made.predict() == [0, 2]
    written = yaml.safe_load((made.model / "MLmodel").read_text())["signature"]
    assert json.loads(written["inputs"]) == declared["inputs"]
    assert json.loads(written["outputs"]) == [{"type": "long"}]


def test_flower_mapping(tmp_path: Path) -> None:
    made = write_project(
        tmp_path,
        {"model": {"entrypoint": "model:FlowerMapping"}, "input_example": [0, 1, 2, 3, 4, 5]},
        {
            "custom_code.py": """
            from typing import List

            iris_types = ["setosa", "versicolor", "viginica"]


            def map_iris_types(predictions: int) -> List[str]:
                return [iris_types[pred] for pred in predictions]
            """,
            "model.py": """
            from typing import Any, Dict, List, Optional

            from custom_code import map_iris_types  # import the external reference


            class FlowerMapping:
                def predict(
                    self, context, model_input, params: Optional[Dict[str, Any]] = None
                ) -> List[str]:
                    predictions = [pred % 3 for pred in model_input]

                    # Call the external function
                    return map_iris_types(predictions)
            """,
        },
    )
    made.build()
    assert made.predict() == FLOWERS
    assert made.packaged() == ["custom_code.py", "model.py", "mpk_python_model.py"]


def load(project: Project) -> loading.LoadedModel:
    document = yaml.safe_load((project.model / "MLmodel").read_text())
    return loading.load(str(project.model), document, isolated=True)


def test_my_model_1_and_my_model_2(tmp_path: Path) -> None:
    """Of one module that changes in between, loaded in one process, asked in threads; nobody pops anything."""
    source = "class MyModel:\n    def predict(self, context, model_input):\n        return [{n}] * len(model_input)\n"
    manifest = {"model": {"entrypoint": "my_model:MyModel()"}, "input_example": [0]}
    loaded = []
    for n in (1, 2):
        made = write_project(tmp_path / str(n), manifest, {"my_model.py": source.replace("{n}", str(n))})
        made.build("package")
        loaded.append(load(made))
    answers: list[Any] = [None, None]

    def ask(at: int) -> None:
        answers[at] = [loaded[at].predict([0, 0]) for _ in range(20)]

    threads = [threading.Thread(target=ask, args=(at,)) for at in (0, 1)]
    run_all(threads)
    assert answers == [[[1, 1]] * 20, [[2, 2]] * 20]
    assert "my_model" not in sys.modules


def run_all(threads: list[threading.Thread]) -> None:
    each: list[Callable[[threading.Thread], None]] = [threading.Thread.start, threading.Thread.join]
    for action in each:
        for thread in threads:
            action(thread)


def test_pytorch_wrapper(tmp_path: Path, packages: tuple[Path, dict[str, Any]]) -> None:
    """Pre-processing, a network and post-processing, with an image as input and an index of classes as artifact."""
    made = write_project(
        tmp_path,
        {
            **shared("torch==2.13.0", "numpy==2.3.5", "pillow"),
            "model": {
                "entrypoint": "models:PytorchWrapper",
                "artifacts": {"imagenet_class_index": "data/classes.json", "network": "data/network.pt"},
            },
            "input_example": "data/picture.png",
        },
        {
            "transforms.py": (packages[0] / "transforms.py").read_text(),
            "networks.py": (packages[0] / "networks.py").read_text(),
            "models.py": """
            class PytorchWrapper:
                def load_context(self, context):
                    import json
                    import torch
                    from transforms import prepared

                    self.transforms = prepared
                    self.class_names = json.load(open(context.artifacts['imagenet_class_index']))
                    self.model = torch.load(context.artifacts["network"], weights_only=False)
                    return self.model.eval()

                def predict(self, context, image):
                    import torch
                    from torch.nn import functional as F

                    with torch.no_grad():
                        # pre-processing
                        image = self.transforms(image).float()
                        image = image.unsqueeze(0)

                        # prediction
                        results = self.model(image)

                        # post-processing
                        probs = F.softmax(results, dim=-1)
                        idx = torch.argmax(probs.data).item()

                        class_name = self.class_names[str(idx)][1]
                        conf = float(probs[0][idx])

                    return class_name, conf
            """,
        },
    )
    (tmp_path / "data").mkdir()
    for name in ("classes.json", "network.pt", "picture.png"):
        shutil.copyfile(packages[0] / name, tmp_path / "data" / name)
    made.build()
    name, confidence = made.predict()
    assert (name, pytest.approx(confidence)) == tuple(packages[1]["pytorch_wrapper"])
    assert made.packaged() == ["models.py", "mpk_python_model.py", "networks.py", "transforms.py"]
