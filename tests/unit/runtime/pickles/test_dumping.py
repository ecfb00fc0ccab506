"""Pickles: what they need when they are read, and bytes that depend on nothing but the model."""

from __future__ import annotations

import collections
import decimal
import fractions
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support import PROJECT

from mpk_runtime.pickles import dumping

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_module_that_a_pickle_imports_is_found(protocol: int) -> None:
    value = [
        decimal.Decimal(1),
        fractions.Fraction(1, 2),
        decimal.Decimal(2),
        collections.OrderedDict(a=collections.Counter("ab")),
        "os",
        "system",
    ]
    found = set(dumping.globals_of(pickle.dumps(value, protocol=protocol)))
    assert found - {"copyreg", "__builtin__", "builtins", "copy_reg"} == {"decimal", "fractions", "collections"}


def test_no_module_is_found_where_there_is_none() -> None:
    assert dumping.globals_of(pickle.dumps({"os": ["system", 1, None]}, protocol=4)) == []


MODULE = """
import numbers

LIMIT = 3

def shared(value):
    return value + LIMIT

class Base:
    pass

def closure():
    offset = [1, 2, "three"]
    return lambda values: [shared(value) + offset[0] for value in values]

def nested():
    def outer(values):
        def inner(value):
            return (value, "inner", ("a", "b"))
        return [inner(value) for value in values]
    return outer

def local_class():
    class Local(Base):
        '''A class.'''
        limit: int = 3

        def predict(self, values):
            return [value * self.limit for value in values]

    return Local()

class Kept(Base):
    def __init__(self):
        self.names = {"b": 1, "a": [1.5, None]}

    def predict(self, values):
        return values

def instance():
    return Kept()
"""
DUMP = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[2]]
import modelcode
from mpk_runtime.pickles import dumping
print(dumping.dump(getattr(modelcode, sys.argv[3])(), sys.argv[4]))
"""


def dumped(folder: Path, factory: str, seed: int) -> tuple[str, bytes]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "modelcode.py").write_text(MODULE)
    target = folder / "model.pkl"
    done = subprocess.run(
        [sys.executable, "-c", DUMP, folder, PROJECT / "mpk_build/runtime", factory, target],
        env={"PYTHONHASHSEED": str(seed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), target.read_bytes()


@pytest.mark.parametrize(
    ("factory", "form"),
    [("closure", "cloudpickle"), ("nested", "cloudpickle"), ("local_class", "cloudpickle"), ("instance", "pickle")],
)
def test_the_bytes_are_the_same_elsewhere(tmp_path: Path, factory: str, form: str) -> None:
    first = dumped(tmp_path / "one", factory, 1)
    assert first[0] == form
    assert dumped(tmp_path / "two" / "deeper", factory, 2) == first
    # from the bytecode that the first run has left
    assert dumped(tmp_path / "one", factory, 3) == first
    assert str(tmp_path).encode() not in first[1]


def test_what_goes_along_by_value_works_without_its_module(tmp_path: Path) -> None:
    _, data = dumped(tmp_path, "nested", 1)
    assert pickle.loads(data)([1]) == [(1, "inner", ("a", "b"))]  # noqa: S301 - written above


def test_what_can_t_be_pickled_is_told(tmp_path: Path) -> None:
    with (
        (tmp_path / "open").open("w") as file,
        pytest.raises(pickle.PicklingError, match=r"^Cannot pickle files that are not opened for reading: w$"),
    ):
        dumping.dump({"file": file}, str(tmp_path / "model.pkl"))
    assert not (tmp_path / "model.pkl").exists()


def test_without_cloudpickle_that_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(pickle.PicklingError, match=r"; cloudpickle, which could, is not installed$"):
        dumping.dump(lambda: None, str(tmp_path / "model.pkl"))


def test_paths_are_relative_to_where_modules_are_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path / "src"), str(tmp_path)])
    found: list[Any] = [dumping.relative(str(tmp_path / name)) for name in ("src/a/b.py", "c.py")]
    assert found == ["a/b.py", "c.py"]
    assert dumping.relative("/nowhere/d.py") is None
