"""What is written down of a model of one's own: its name where that will do, else a pickle."""

from __future__ import annotations

import functools
import json
import sys
import types
from typing import TYPE_CHECKING, Any

import pytest

from mpk_runtime import loading
from mpk_runtime.flavors import python_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = """
import functools

class Model:
    def predict(self, rows):
        return [2 * row for row in rows]

class Called:
    def __call__(self, rows):
        return [3 * row for row in rows]

class Streaming:
    def predict_stream(self, rows):
        for row in rows:
            yield 4 * row

def function(rows):
    return [5 * row for row in rows]

def hidden(rows):
    return [6 * row for row in rows]

shown, hidden = hidden, None
bound = Model().predict
partial = functools.partial(map, str)
NAMES = {"x"}
"""


@pytest.fixture
def module() -> Iterator[Any]:
    """A module that can be imported while a test runs."""
    made = types.ModuleType("own_models")
    exec(compile(CODE, "own_models.py", "exec"), vars(made))  # noqa: S102 - written above
    sys.modules["own_models"] = made
    yield made
    del sys.modules["own_models"]


def saved(model: Any, entrypoint: str, folder: Path) -> tuple[Any, Any, Any]:
    """Kind, what names it, what its flavor says; and it predicts as it did."""
    folder.mkdir(exist_ok=True)
    described = python_model.describe(model, entrypoint, str(folder))
    said = {**described["python_model"], "artifacts": {}}
    (folder / "python_model.json").write_text(json.dumps(said))
    loaded = loading.load(str(folder), {"flavors": described["flavors"]})
    return described["kind"], said["entrypoint"] or said["pickle"], loaded.predict([1])


@pytest.mark.parametrize(
    ("name", "entrypoint", "expected"),
    [
        ("Model", "", ("class", "own_models:Model", [2])),
        ("Called", "", ("class", "own_models:Called", [3])),
        ("Streaming", "", ("class", "own_models:Streaming", [4])),
        ("function", "", ("function", "own_models:function", [5])),
        # What its name gives is something else by now.
        ("shown", "", ("function", "python_model.pkl", [6])),
        ("shown", "own_models:shown", ("function", "own_models:shown", [6])),
        ("bound", "own_models:bound", ("function", "own_models:bound", [2])),
        ("bound", "", ("function", "python_model.pkl", [2])),
        ("partial", "", ("function", "python_model.pkl", ["1"])),
    ],
)
def test_a_name_will_do_where_it_gives_the_model(
    module: Any, name: str, entrypoint: str, expected: Any, tmp_path: Path
) -> None:
    assert saved(getattr(module, name), entrypoint, tmp_path / "model") == expected


def test_instances_are_pickled(module: Any, tmp_path: Path) -> None:
    assert saved(module.Model(), "own_models:model", tmp_path / "a") == ("instance", "python_model.pkl", [2])
    assert saved(module.Called(), "", tmp_path / "b") == ("function", "python_model.pkl", [3])
    assert saved(module.Streaming(), "", tmp_path / "c") == ("instance", "python_model.pkl", [4])


@pytest.mark.parametrize("name", ["__main__", "a notebook's cell"])
def test_what_is_defined_where_nobody_can_import_it_goes_along_by_value(name: str, tmp_path: Path) -> None:
    namespace: dict[str, Any] = {"__name__": name}
    exec(compile(CODE, "<cell 3>", "exec"), namespace)  # noqa: S102 - as a notebook does
    assert saved(namespace["Model"], "", tmp_path / "a") == ("class", "python_model.pkl", [2])
    assert saved(namespace["Model"](), "", tmp_path / "b") == ("instance", "python_model.pkl", [2])
    assert saved(namespace["function"], "", tmp_path / "c") == ("function", "python_model.pkl", [5])
    assert saved(functools.partial(namespace["function"]), "", tmp_path / "d") == ("function", "python_model.pkl", [5])


def test_what_streams_is_told_so(module: Any, tmp_path: Path) -> None:
    flavors = python_model.describe(module.Streaming, "", str(tmp_path))["flavors"]
    assert flavors == {
        "python_function": {"loader_module": "mpk_python_model", "data": "python_model.json", "streamable": True}
    }


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ({"a": 1}, "found a dict; expected an estimator, a class or an object with predict, or a function"),
        (type("Plain", (), {}), "the class Plain has no method predict"),
    ],
)
def test_what_predicts_nothing_is_refused(model: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(TypeError) as error:
        python_model.describe(model, "", str(tmp_path))
    assert str(error.value) == message
