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
from __future__ import annotations
import dataclasses, enum, functools, numbers, typing

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

WORDS = ("one", "two", "three", "four", "five")

class OfWords(Kept):
    def __init__(self):
        self.words = set(WORDS)
        self.sets = {frozenset(WORDS[:3]), frozenset(WORDS[2:]), frozenset()}
        self.mixed = {1, "1", 1.5, None, (1, "a"), True, b"b"}
        self.numbers = {2.5, 1e300, -1}
        self.same = self.words

def sets():
    return OfWords()

def deep():
    names = frozenset(WORDS)

    @dataclasses.dataclass
    class Point:
        x: int
        tags: set[str] = dataclasses.field(default_factory=lambda: set(WORDS))

    class Color(enum.Enum):
        red = "r"
        green = "g"

    class Outer:
        class Inner:
            known = {"a", "b", "c", "d"}
            def has(self, word: str, *, among: typing.Collection[str] = names) -> bool:
                return word in among or word in {"x", "y", "z", "w"}

        def __init__(self, at: Point) -> None:
            self.at, self.color, self.last = at, Color.green, None
            self.first = self.second = self.third = self.inner = self.Inner()

        @property
        def kind(self): return self.color

        def predict(self, words):
            return [(self.inner.has(word), self.kind is Color.green, sorted(self.at.tags)) for word in words]

    return Outer(Point(1))

def annotated():
    def predict(words: list[str], scale: float = 1.0, *, seen: set[str] = {"p", "q", "r"}) -> list[float]:
        total: int = len(seen)
        return [scale * total for word in words if word not in {"u", "v", "w"}]
    return predict
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
    [
        ("closure", "cloudpickle"),
        ("nested", "cloudpickle"),
        ("local_class", "cloudpickle"),
        ("instance", "pickle"),
        ("sets", "pickle"),
        ("deep", "cloudpickle"),
        ("annotated", "cloudpickle"),
    ],
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


def test_by_value_it_is_what_it_was(tmp_path: Path) -> None:
    _, data = dumped(tmp_path, "deep", 1)
    model = pickle.loads(data)  # noqa: S301 - written above
    words = sorted(["one", "two", "three", "four", "five"])
    assert model.predict(["one", "x", "six"]) == [(True, True, words), (True, True, words), (False, True, words)]


def test_sets_are_what_they_were(tmp_path: Path) -> None:
    made = dumped(tmp_path, "sets", 1)[1]
    code = "import sys, pickle; sys.path.insert(0, sys.argv[1]); m = pickle.load(open(sys.argv[1] + '/model.pkl', 'rb')); import modelcode; n = modelcode.sets(); print(vars(m) == vars(n), m.words is m.same)"
    told = subprocess.run([sys.executable, "-c", code, tmp_path], capture_output=True, text=True, check=True)
    assert (told.stdout, len(made) > 100) == ("True True\n", True)


def test_what_can_t_be_pickled_is_told(tmp_path: Path) -> None:
    with (
        (tmp_path / "open").open("w") as file,
        pytest.raises(
            pickle.PicklingError, match=r"^model\['file'\]: Cannot pickle files that are not opened for reading: w$"
        ),
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
