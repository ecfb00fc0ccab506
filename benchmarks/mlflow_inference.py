"""Saves a project's model with MLflow and lets it infer the requirements; runs where MLflow is installed.

Called as ``python mlflow_inference.py FILE``, with a JSON file: ``{"root", "entrypoint", "example", "config",
"artifacts", "out"}``. What MLflow inferred is then in ``<out>/requirements.txt``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

_NO_CODE = ("libs", "wheelhouse")


def main(file: str) -> None:
    """Make the model as mpk does, and save it as a person would who knows MLflow well."""
    given = json.loads(Path(file).read_text(encoding="utf-8"))
    root = Path(given["root"])
    roots = [path for path in (root, root / "src") if path.is_dir()]
    sys.path[:1] = [str(path) for path in roots]
    os.chdir(root)
    module, _, attribute = given["entrypoint"].removesuffix("()").partition(":")
    model = getattr(importlib.import_module(module), attribute)
    if given["entrypoint"].endswith("()"):
        model = model()
    common = {
        "input_example": _read(given["example"]),
        "code_paths": [str(path) for folder in roots for path in sorted(folder.iterdir()) if _is_code(path)],
    }
    base = sys.modules.get("sklearn.base")
    if base is not None and isinstance(model, base.BaseEstimator):
        flavor = importlib.import_module("mlflow.sklearn")
        flavor.save_model(model, given["out"], serialization_format="cloudpickle", **common)
        return
    pyfunc = importlib.import_module("mlflow.pyfunc")
    python_model = _wrapped(model, pyfunc.PythonModel, takes_frames=str(given["example"]).endswith(".csv"))
    more = {"artifacts": given["artifacts"] or None, "model_config": given["config"] or None}
    pyfunc.save_model(given["out"], python_model=python_model, **more, **common)


def _wrapped(model: Any, base: Any, *, takes_frames: bool) -> Any:
    """A PythonModel that gives the project's own code what it takes; it is pickled by value, the project's is not."""

    class Wrapped(base):  # type: ignore[misc]
        def load_context(self, context: Any) -> None:
            self.loaded: Any = model() if inspect.isclass(model) else model
            if hasattr(self.loaded, "load_context"):
                self.loaded.load_context(context)

        def __getstate__(self) -> dict[str, Any]:
            # MLflow loads the context before it pickles, and what was loaded then need not be fit for a pickle.
            return {}

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:  # noqa: ARG002 - MLflow's form
            value = model_input
            if not takes_frames and hasattr(value, "iloc"):
                value = value.iloc[:, 0] if len(value.columns) == 1 else value.to_numpy()
            if not takes_frames and hasattr(value, "tolist"):
                value = value.tolist()
            if not hasattr(self.loaded, "predict"):
                return self.loaded(value)
            first = next(iter(inspect.signature(self.loaded.predict).parameters))
            return self.loaded.predict(*([context, value] if first == "context" else [value]))

    return Wrapped()


def _is_code(path: Path) -> bool:
    if path.is_file():
        return path.suffix == ".py"
    return path.name not in _NO_CODE and any(path.glob("*.py"))


def _read(example: Any) -> Any:
    if not (isinstance(example, str) and example.endswith(".csv")):
        return example
    return importlib.import_module("pandas").read_csv(example)


if __name__ == "__main__":
    main(sys.argv[1])
