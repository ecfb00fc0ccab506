"""What a model returns, as JSON."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import math
from typing import Any

import numpy as np
import pandas as pd
import pydantic
import pytest

from mpk_runtime import prediction


class Colour(str, enum.Enum):  # noqa: UP042 - what models on older Pythons have
    """Prints as Colour.RED, and is red."""

    RED = "red"


class Plain(enum.Enum):
    """Neither a text nor a number."""

    DAY = datetime.date(2026, 1, 31)


@dataclasses.dataclass
class Point:
    """Fields."""

    x: float
    colour: Colour = Colour.RED


class Person(pydantic.BaseModel):
    """Fields, one of which has another name outside."""

    name: str
    at: Point = pydantic.Field(alias="where")


class Level(enum.IntEnum):
    """A number with a name."""

    LOW = 1


@pytest.mark.parametrize(
    ("returned", "json_value"),
    [
        (None, None),
        (True, True),
        (2**70, 2**70),
        ("\u00e9", "\u00e9"),
        ((1, [2.5]), [1, [2.5]]),
        ({1: {"a": math.nan}}, {"1": {"a": None}}),
        ([math.inf, -math.inf], [None, None]),
        (b"\x00\x01", "AAE="),
        (bytearray(b"a"), "YQ=="),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (datetime.datetime(2026, 1, 31, 1, tzinfo=datetime.UTC), "2026-01-31T01:00:00+00:00"),
        (Colour.RED, "red"),
        (Level.LOW, 1),
        (Plain.DAY, "2026-01-31"),
        ([Point(math.nan)], [{"x": None, "colour": "red"}]),
        (Person(name="a", where=Point(1.5)), {"name": "a", "where": {"x": 1.5, "colour": "red"}}),
        (np.float32(0.5), 0.5),
        (np.int64(3), 3),
        (np.bool_(True), True),  # noqa: FBT003 - the value under test
        (np.array([[1.5, np.nan]]), [[1.5, None]]),
        (np.array(["a", None], dtype=object), ["a", None]),
        (np.array(["2026-01-31"], dtype="datetime64[D]"), ["2026-01-31"]),
        (np.array([["NaT", "2026-01-31"]], dtype="datetime64[D]"), [[None, "2026-01-31"]]),
        (np.datetime64("NaT"), None),
        (np.array([0.5], dtype=np.longdouble), [0.5]),
        (pd.Series([1, 2]), [{"0": 1}, {"0": 2}]),
        (pd.Series([1.5, None], name="y"), [{"y": 1.5}, {"y": None}]),
        (pd.DataFrame({"a": [1, 2], "b": ["x", None]}), [{"a": 1, "b": "x"}, {"a": 2, "b": None}]),
        (pd.DataFrame({"t": [pd.Timestamp(2026, 1, 31), pd.NaT]}), [{"t": "2026-01-31T00:00:00"}, {"t": None}]),
        (pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}), [{"a": 1}, {"a": None}]),
        (pd.Index(["a"]), ["a"]),
        (pd.Categorical(["a", "b"]), ["a", "b"]),
    ],
)
def test_it_becomes_json(returned: Any, json_value: Any) -> None:
    assert prediction.encode(returned) == json_value


@pytest.mark.parametrize(
    ("returned", "kind"),
    [
        ({1, 2}, "set"),
        (iter([]), "list_iterator"),
        ([decimal.Decimal(1)], "Decimal"),
        (1j, "complex"),
        (np.clongdouble(1j), "complex"),
    ],
)
def test_what_json_has_no_form_for_is_told(returned: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^a prediction holds a {kind}, which JSON has no form for$"):
        prediction.encode(returned)


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ({1: "a", "1": "b"}, "a prediction has two names that are one in JSON, as 1 and '1' are"),
        (
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            "a prediction has two columns of the same name, of which JSON would keep one",
        ),
        (
            pd.DataFrame([[1, 2]], columns=["1", 1]),
            "a prediction has two names that are one in JSON, as 1 and '1' are",
        ),
    ],
)
def test_nothing_is_lost_where_names_become_one(returned: Any, message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        prediction.encode(returned)
