"""What type hints of predict say, and what data become by them; that MLflow says the same is tested beside it."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import json
import subprocess
import sys
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, NotRequired, TypedDict

import numpy as np
import pandas as pd
import pydantic
import pydantic.v1
import pytest
from support import PROJECT, find_python

from mpk_runtime import mpk_type_hints
from mpk_runtime.mpk_type_hints import HintError
from mpk_runtime.signature.type_hints import schemas_of

Metres = NewType("Metres", float)
LONG = {"type": "long", "required": True}
STRING = {"type": "string", "required": True}


class Colour(enum.Enum):
    """One of two."""

    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass
class Point:
    """A dataclass with defaults."""

    x: float
    y: Metres = Metres(0)
    tags: list[str] = dataclasses.field(default_factory=list)
    parent: Point | None = None
    made: str = dataclasses.field(default="", init=False)


class Row(TypedDict):
    """A dict of known keys."""

    colour: Colour
    size: Literal["s", "m"]
    count: NotRequired[int]


class Total(TypedDict, total=False):
    """A dict in which all may be missing."""

    a: int


class Person(pydantic.BaseModel):
    """A model of pydantic 2."""

    name: str
    born: Annotated[datetime.date, "a day"]
    age: int = pydantic.Field(gt=0, alias="Age")
    points: list[Point] = []


class Old(pydantic.v1.BaseModel):
    """A model of pydantic 1."""

    name: str
    age: int | None = None
    renamed: int = pydantic.v1.Field(1, alias="as")


@pytest.fixture
def pydantic_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pydantic", pydantic.v1)


def predicting(taken: Any, given: Any = None) -> Any:
    def predict(model_input: Any) -> Any:
        return model_input

    predict.__annotations__ = {"model_input": taken, **({} if given is None else {"return": given})}
    return predict


@pytest.mark.parametrize(
    ("hint", "spec"),
    [
        (Any, {"type": "any"}),
        (list, {"type": "array", "items": {"type": "any"}}),
        (dict, {"type": "map", "values": {"type": "any"}}),
        (Metres, {"type": "double"}),
        (Colour, {"type": "string"}),
        (Literal[1, 2], {"type": "long"}),
        (Literal[1, "a"], {"type": "any"}),
        (int | None | str, {"type": "any"}),
        (list[dict[str, int | None]], {"type": "array", "items": {"type": "map", "values": {"type": "long"}}}),
        (
            Point,
            {
                "type": "object",
                "properties": {
                    "parent": {"type": "any", "required": False},
                    "tags": {"type": "array", "items": {"type": "string"}, "required": False},
                    "x": {"type": "double", "required": True},
                    "y": {"type": "double", "required": False},
                },
            },
        ),
        (
            Row,
            {
                "type": "object",
                "properties": {"colour": STRING, "count": {**LONG, "required": False}, "size": STRING},
            },
        ),
        (Total, {"type": "object", "properties": {"a": {**LONG, "required": False}}}),
    ],
)
def test_a_list_of_a_type_is_one_column_of_it(hint: Any, spec: Any) -> None:
    assert schemas_of(predicting(list[hint])) == ([{**spec, "required": True}], None)


@pytest.mark.parametrize(
    "hint", [None, int, list, dict, pd.DataFrame, np.ndarray, list[pd.DataFrame], list[Decimal], list[int | None], "X"]
)  # fmt: skip
def test_other_hints_tell_nothing(hint: Any) -> None:
    assert schemas_of(predicting(hint)) is None
    assert schemas_of(len) is None


class Model:
    """A custom model."""

    def predict(self, context: Any, model_input: list[int], params: Any = None) -> list[str]:
        """Its texts."""
        assert context is params is None
        return [str(one) for one in model_input]


class Called:
    """An object that is called."""

    def __call__(self, rows: list[str]) -> int:
        """How many."""
        return len(rows)


def test_hints_stand_at_whatever_predicts() -> None:
    ints, texts = [{"type": "long", "required": True}], [{"type": "string", "required": True}]
    assert schemas_of(Model) == schemas_of(Model()) == (ints, texts)
    assert schemas_of(Called()) == (texts, ints)
    lists = [{"type": "array", "items": {"type": "string"}, "required": True}]
    assert schemas_of(predicting(list[int], list[list[str]])) == (ints, lists)


@pytest.mark.parametrize(
    ("hint", "data", "expected"),
    [
        (list[float], [1, np.float32(0.5)], [1.0, 0.5]),
        (list[int], np.array([1, 2]), [1, 2]),
        (list[int], pd.DataFrame({0: [1, 2]}), [1, 2]),
        (list[int | None], [None, 1], [None, 1]),
        (list[int | None], pd.Series([None, 1], dtype="Int64"), [None, 1]),
        (list[datetime.datetime | None], pd.Series([pd.NaT]), [None]),
        (list[int | str], [1, "a"], [1, "a"]),
        (list[bytes], ["AAE=", b"a"], [b"\x00\x01", b"a"]),
        (list[datetime.date], ["2026-01-31", pd.Timestamp("2026-01-31")], [datetime.date(2026, 1, 31)] * 2),
        (
            list[datetime.datetime],
            ["2026-01-31T12:30:00Z"],
            [datetime.datetime(2026, 1, 31, 12, 30, tzinfo=datetime.UTC)],
        ),
        (list[dict[str, list[Colour]]], [{"a": ["red"]}], [{"a": [Colour.RED]}]),
        (list[Row], [{"colour": "blue", "size": "s"}], [{"colour": Colour.BLUE, "size": "s"}]),
        (list[Point], [{"x": 1, "parent": {"x": 2}}], [Point(1.0, parent=Point(2.0))]),
        (list[Point], pd.DataFrame({"x": [1.5], "y": [float("nan")]}).drop(columns="y"), [Point(1.5)]),
        (list[Point], pd.DataFrame({"x": [1.0, 2.0], "y": [1.0, 2.0]}), [Point(1.0, Metres(1)), Point(2.0, Metres(2))]),
        (
            list[Person],
            [{"name": "a", "born": "2026-01-31", "Age": 3, "points": [{"x": 1}]}],
            [Person(name="a", born=datetime.date(2026, 1, 31), Age=3, points=[Point(1)])],
        ),
        (Decimal, "x", "x"),
    ],
)
def test_data_become_what_the_hint_says(hint: Any, data: Any, expected: Any) -> None:
    found = mpk_type_hints.converted(data, hint)
    assert found == expected
    assert not isinstance(found, list) or [type(one) for one in found] == [type(one) for one in expected]


@pytest.mark.parametrize(
    ("hint", "data", "message"),
    [
        (list[int], 1, "the input is a int; expected a list"),
        (list[int], [1, "2"], "the input[1] is a str; expected int"),
        (list[int], [True], "the input[0] is a bool; expected int"),
        (list[int], [1.0], "the input[0] is a float; expected int"),
        (list[str], [1], "the input[0] is a int; expected str"),
        (list[bytes], ["a"], "the input[0] is text that is not base64"),
        (list[bytes], [1], "the input[0] is a int; expected bytes"),
        (list[datetime.datetime], ["now"], "the input[0] is text that is not a moment of ISO 8601"),
        (list[dict[str, int]], [{"a": "x"}], "the input[0].a is a str; expected int"),
        (list[dict[str, int]], [1], "the input[0] is a int; expected an object"),
        (list[Colour], ["green"], "the input[0] is none of the values of Colour"),
        (list[Point], [{"y": 1}], "the input[0] has no 'x'"),
        (list[Point], [{"x": 1, "z": 2}], "the input[0] has the unknown 'z'"),
        (list[Point], [1], "the input[0] is a int; expected an object of the fields of Point"),
        (
            list[Person],
            [{"name": "a", "born": "2026-01-31", "Age": 0}],
            "the input[0].Age: Input should be greater than 0",
        ),
    ],
)
def test_what_is_something_else_is_told_with_its_place(hint: Any, data: Any, message: str) -> None:
    with pytest.raises(HintError) as raised:
        mpk_type_hints.converted(data, hint)
    assert str(raised.value) == message


@pytest.mark.usefixtures("pydantic_1")
def test_models_of_pydantic_1_are_known_as_well() -> None:
    assert schemas_of(predicting(list[Old])) == (
        [
            {
                "type": "object",
                "properties": {"age": {**LONG, "required": False}, "as": {**LONG, "required": False}, "name": STRING},
                "required": True,
            }
        ],
        None,
    )
    assert mpk_type_hints.converted([{"name": "a", "as": 2}], list[Old]) == [Old(name="a", **{"as": 2})]
    with pytest.raises(HintError, match=r"^the input\[0\].name: field required$"):
        mpk_type_hints.converted([{}], list[Old])


def test_on_the_oldest_python_and_without_pydantic_they_are_read_as_far_as_it_can() -> None:
    python = find_python("3.8")
    if python is None:
        pytest.skip("no Python 3.8")
    script = """
from __future__ import annotations
import dataclasses, json, sys
sys.path.insert(0, sys.argv[1])
from mpk_runtime import mpk_type_hints
from mpk_runtime.signature.type_hints import schemas_of

@dataclasses.dataclass
class Row:
    names: list[str]

def old(rows: list[Row]) -> list[int]: ...
def new(rows: list[int | None]): ...

rows = mpk_type_hints.converted([{"names": ["a"]}], mpk_type_hints.of_predict(old)[0])
print(json.dumps([schemas_of(old), schemas_of(new), repr(rows)]))
"""
    done = subprocess.run(
        [python, "-I", "-B", "-c", script, PROJECT / "mpk_build/runtime"], capture_output=True, text=True, check=True
    )
    names = {"names": {"type": "array", "items": {"type": "string"}, "required": True}}
    assert json.loads(done.stdout) == [
        [[{"type": "object", "properties": names, "required": True}], [{"type": "long", "required": True}]],
        None,
        "[Row(names=['a'])]",
    ]
