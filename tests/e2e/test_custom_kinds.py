"""Models of one's own, built as their projects are: what they predict, and what is in their packages."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest
import yaml
from e2e.custom_models import KINDS, built, write_kind

import mpk_build
from mpk_build.foundation.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOADER = "mpk_python_model.py"
# One for each way in which bytes come about: code alone, pickles, code that goes along by value, examples.
REBUILT = ("context", "instance", "closure", "local-class", "transformer", "src-module", "csv")
LIBRARY_KINDS = {"transformer"}


@pytest.fixture
def other_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.parametrize("name", KINDS)
def test_it_predicts(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert built(name, tmp_path_factory).predict() == KINDS[name].predictions


@pytest.mark.parametrize("name", KINDS)
def test_it_has_the_code_that_it_needs_and_no_other(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    expected = [*KINDS[name].code, *([] if name in LIBRARY_KINDS else [LOADER])]
    assert built(name, tmp_path_factory).packaged() == sorted(expected)


@pytest.mark.parametrize("name", KINDS)
def test_it_requires_what_loading_and_predicting_import(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert built(name, tmp_path_factory).requirements == list(KINDS[name].requirements)


# Those that need no library, and whose example is what they are asked in Python, too.
ALONE = [
    *("class", "context", "closure", "lambda", "local-class", "streaming"),
    *("src-module", "src-layout", "data-files", "outside", "lazy"),
]


def test_they_predict_the_same_beside_each_other(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In one process, where ten of them have a module of the same name; `test_it_predicts` has one to a process."""
    loaded = {name: mpk_build.load_model(built(name, tmp_path_factory).model) for name in ALONE}
    examples = {name: KINDS[name].manifest["input_example"] for name in ALONE}
    assert {name: model.predict(examples[name]) for name, model in loaded.items()} == {
        name: KINDS[name].predictions for name in ALONE
    }
    assert list(loaded["streaming"].predict_stream(["a b", "c"])) == ["a", "b", "c"]
    with pytest.raises(UsageError) as refused:
        loaded["class"].predict_stream([1])
    assert refused.value.message == (
        "the model predicts as a whole: it has no predict_stream, and its predict yields nothing"
    )


@pytest.mark.usefixtures("other_umask")
@pytest.mark.parametrize("name", REBUILT)
def test_it_has_the_same_bytes_elsewhere(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """In another folder, with a store of its own, another mask for new files and another hash seed."""
    first = json.loads((built(name, tmp_path_factory).model.parent / "report.json").read_text())
    folder = tmp_path_factory.mktemp(f"{name}-again")
    again = write_kind(folder / "deeper", name).build(
        "package", env={"MPK_CACHE": str(folder / "cache"), "PYTHONHASHSEED": "4711"}
    )
    assert [stage["status"] for stage in again["stages"]] == ["built", "built"]
    assert again["model"]["digest"] == first["model"]["digest"]


def test_what_its_type_hints_say_is_its_signature(tmp_path_factory: pytest.TempPathFactory) -> None:
    document = yaml.safe_load((built("hinted", tmp_path_factory).model / "MLmodel").read_text())
    text = {"type": "string", "required": True}
    tags = {"type": "array", "items": {"type": "string"}, "required": False}
    person = {"born": {"type": "datetime", "required": True}, "name": text, "tags": tags}
    age = {"name": text, "years": {"type": "long", "required": True}}
    assert {name: json.loads(part) for name, part in document["signature"].items()} == {
        "inputs": [{"type": "object", "properties": person, "required": True}],
        "outputs": [{"type": "object", "properties": age, "required": True}],
    }
    assert (document["is_signature_from_type_hint"], document["type_hint_from_example"]) == (True, False)
