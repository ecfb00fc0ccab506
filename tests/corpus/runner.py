"""Runs a project's code in an environment, with nothing of mpk: ``python runner.py make|predict FILE``.

``FILE`` is JSON: ``{"root", "entrypoint", "saved", "inputs", "config", "artifacts", "out"}``. ``make`` calls a factory
and pickles what it gives into ``saved``; ``predict`` loads that, or imports what the entrypoint names, predicts each
input and writes the list of what came out to ``out``.
"""

import importlib
import json
import os
import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any


def main(step: str, file: str) -> None:
    """Do one step."""
    given = json.loads(Path(file).read_text(encoding="utf-8"))
    root = Path(given["root"])
    sys.path[:1] = [str(path) for path in (root, root / "src") if path.is_dir()]
    os.chdir(root)
    if step == "make":
        _save(_named(given["entrypoint"])(), given["saved"])
        return
    predict = _predict_of(given)
    outputs = [_plain(predict(_read(one))) for one in given["inputs"]]
    Path(given["out"]).write_text(json.dumps(outputs), encoding="utf-8")


def _predict_of(given: dict[str, Any]) -> Any:
    if given["entrypoint"].endswith("()"):
        model = pickle.loads(Path(given["saved"]).read_bytes())  # noqa: S301 - it has just been written
    else:
        model = _named(given["entrypoint"])
        if isinstance(model, type):
            model = model()
    if not hasattr(model, "predict"):
        return model
    context = SimpleNamespace(model_config=given["config"], artifacts=given["artifacts"])
    if hasattr(model, "load_context"):
        model.load_context(context)
        return lambda value: model.predict(context, value)
    return model.predict


def _named(entrypoint: str) -> Any:
    module, _, attribute = entrypoint.removesuffix("()").partition(":")
    return getattr(importlib.import_module(module), attribute)


def _save(model: Any, path: str) -> None:
    try:
        import cloudpickle as pickler
    except ImportError:
        pickler = pickle
    Path(path).write_bytes(pickler.dumps(model))


def _read(given: Any) -> Any:
    if not (isinstance(given, str) and given.endswith(".csv")):
        return given
    import pandas

    return pandas.read_csv(given)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value


if __name__ == "__main__":
    main(*sys.argv[1:])
