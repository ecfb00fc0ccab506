"""The loader that packages carry: what it calls, and with what."""

from __future__ import annotations

import importlib.util
import json
import pickle
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime import mpk_python_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = """
class Model:
    made = 0

    def __init__(self):
        type(self).made += 1

    def load_context(self, context):
        self.context = context

    def predict(self, context, model_input, params=None):
        return context is self.context, model_input, params

class Plain:
    def predict(self, rows):
        return rows

def function(rows, **options):
    return rows, options

def told(context, model_input, params):
    return [context.model_config, params]

def in_context(ctx, rows):
    return ctx.artifacts, rows

class Outer:
    class Inner(Plain):
        pass
"""


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Any]:
    """Loads a description of a model from a package with ``CODE``."""
    (tmp_path / "modelcode.py").write_text(CODE)
    spec = importlib.util.spec_from_file_location("modelcode", tmp_path / "modelcode.py")
    assert spec is not None
    assert spec.loader is not None
    sys.modules["modelcode"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["modelcode"])

    def loaded(handed: dict[str, Any] | None = None, /, **described: Any) -> mpk_python_model.PythonModel:
        document = {"entrypoint": None, "pickle": None, "artifacts": {}, **described}
        (tmp_path / "python_model.json").write_text(json.dumps(document))
        return mpk_python_model._load_pyfunc(str(tmp_path / "python_model.json"), handed)  # noqa: SLF001 - MLflow's name

    yield loaded
    del sys.modules["modelcode"]


def test_a_class_is_made_once_and_gets_its_context(load: Any, tmp_path: Path) -> None:
    model = load({"a": 1}, kind="class", entrypoint="modelcode:Model", artifacts={"norms": "artifacts/norms/n.json"})
    assert model.predict([1], {"scale": 2}) == (True, [1], {"scale": 2})
    assert model.predict([1]) == (True, [1], None)
    made = sys.modules["modelcode"].Model
    assert made.made == 1
    context = model._context  # noqa: SLF001 - what the model was given
    assert (context.artifacts, context.model_config) == ({"norms": str(tmp_path / "artifacts/norms/n.json")}, {"a": 1})


def test_who_hands_over_neither_config_nor_params_gets_those_of_the_package(load: Any) -> None:
    def told(given: Any, **asked: Any) -> Any:
        model = load(given, kind="function", entrypoint="modelcode:told", config={"a": 1}, params={"scale": 2.0})
        return model.predict(None, **asked)

    assert told(None) == [{"a": 1}, {"scale": 2.0}]
    assert told({"a": 5}, params={"scale": 3.0}) == [{"a": 5}, {"scale": 3.0}]
    assert told({}, params={}) == [{}, {}]


def test_predict_is_called_with_what_it_declares(load: Any) -> None:
    assert load(kind="class", entrypoint="modelcode:Plain").predict([1], {"scale": 2}) == [1]
    assert load(kind="class", entrypoint="modelcode:Outer.Inner").predict([1]) == [1]
    assert load(kind="function", entrypoint="modelcode:function").predict([1], {"a": 2}) == ([1], {"params": {"a": 2}})
    assert load(kind="function", entrypoint="modelcode:in_context").predict([1]) == ({}, [1])


def test_an_instance_comes_from_its_pickle(load: Any, tmp_path: Path) -> None:
    instance = sys.modules["modelcode"].Model()
    instance.state = "kept"
    (tmp_path / "python_model.pkl").write_bytes(pickle.dumps(instance))
    assert load(kind="instance", pickle="python_model.pkl").predict([1]) == (True, [1], None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([1, "a"], [1, "a"]),
        ("a", "a"),
        (np.array([[1, 2]]), [[1, 2]]),
        (pd.DataFrame([1, 2]), [1, 2]),
        (pd.Series(["a"]), ["a"]),
        ({"a": np.array([1]), "b": {"c": np.array("x")}}, {"a": [1], "b": {"c": "x"}}),
    ],
)
def test_a_model_made_for_json_gets_json(load: Any, given: Any, expected: Any) -> None:
    model = load(kind="class", entrypoint="modelcode:Plain", input="json")
    assert model.predict(given) == expected


def test_other_models_get_what_there_is(load: Any) -> None:
    frame = pd.DataFrame([1, 2])
    assert load(kind="class", entrypoint="modelcode:Plain", input=None).predict(frame) is frame
    assert load(kind="class", entrypoint="modelcode:Plain").predict(frame) is frame
