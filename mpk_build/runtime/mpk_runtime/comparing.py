"""Compares predictions: by type, shape and value, numbers within a tolerance; or by their pattern alone.

A pattern says what is the same in several predictions of a model that does not predict the same twice: ``{"types":
[JSON type], "length": of a list or null where that varies, "items": pattern of a list's values or null, "keys": {name:
pattern} of an object, "open": whether an object may have other keys}``. The host's endpoint client compares what comes
over HTTP by the same rules (`mpk_build.endpoint.comparing`).
"""

from __future__ import annotations

import math
import re
from typing import Any

from mpk_runtime import forms

MOST_TOLD = 20
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:?\d\d)?$")


class Comparison:
    """How two predictions differ.

    Attributes:
        told: A sentence for each difference, at most `MOST_TOLD`; the first is the one to tell alone.
        count: How many differences there are.
        largest: ``{"at": where, "difference": the largest absolute difference of two numbers}``, or None.
    """

    def __init__(self, tolerance: float = 0.0, *, numbers_are_typed: bool = True) -> None:
        self.told: list[str] = []
        self.count = 0
        self.largest: dict[str, Any] | None = None
        self._tolerance = tolerance
        self._typed = numbers_are_typed

    def tell(self, sentence: str) -> None:
        """Add a difference."""
        self.count += 1
        if len(self.told) < MOST_TOLD:
            self.told.append(sentence)

    def values(self, expected: Any, found: Any, where: str = "") -> None:
        """Compare two JSON values; ``where`` is the path to them, such as ``[2].price``."""
        if isinstance(expected, list) and isinstance(found, list):
            if len(expected) != len(found):
                self.tell(f"{_at(where)} has {len(found)} values, expected {len(expected)}")
                return
            for number, (one, other) in enumerate(zip(expected, found)):
                self.values(one, other, f"{where}[{number}]")
        elif isinstance(expected, dict) and isinstance(found, dict):
            if set(expected) != set(found):
                self.tell(f"{_at(where)} has the keys {sorted(found)}, expected {sorted(expected)}")
                return
            for name in expected:
                self.values(expected[name], found[name], f"{where}.{name}")
        elif is_number(expected) and is_number(found):
            self._numbers(expected, found, where)
        elif type(expected) is not type(found) or not _same(expected, found):
            self.tell(f"{_at(where)} is {found!r}, expected {expected!r}")

    def _numbers(self, expected: float, found: float, where: str) -> None:
        if self._typed and type(expected) is not type(found):
            self.tell(f"{_at(where)} is the {_kind(found)} {found!r}, expected the {_kind(expected)} {expected!r}")
        elif not math.isclose(expected, found, rel_tol=self._tolerance, abs_tol=self._tolerance):
            difference = abs(expected - found)
            if self.largest is None or difference > self.largest["difference"]:
                self.largest = {"at": _at(where), "difference": difference, "values": [found, expected]}
            self.tell(f"{_at(where)} is {found!r}, expected {expected!r}")

    def in_one_sentence(self) -> str:
        """The first difference and how many there are; of numbers the largest."""
        more = f", and {self.count - 1} more" if self.count > 1 else ""
        if self.largest is None:
            return f"{self.told[0]}{more}"
        found, expected = self.largest["values"]
        largest = f"max |difference| {self.largest['difference']:.3g} at {self.largest['at']}"
        return f"{largest} ({found!r}, expected {expected!r}){more}"


def compare(plan: dict[str, Any], form: dict[str, Any], found: Any) -> Comparison:
    """Compare a prediction with what is expected of it.

    Args:
        plan: ``{"compare": "values", "schema" or "off", "tolerance": relative and absolute, "expected":
            {"predictions", "form", "pattern"}}``.
        form: That of the prediction, of `forms.form_of`.
        found: Its JSON value.
    """
    expected = plan["expected"]
    if plan["compare"] == "off":
        return Comparison()
    # Where a schema tells types they are compared once, and not at each value.
    untyped = expected["form"]["schema"] is None or form["schema"] is None
    comparison = Comparison(plan["tolerance"], numbers_are_typed=untyped)
    by_values = plan["compare"] == "values"
    for sentence in forms.differences(expected["form"], form, shapes=by_values):
        comparison.tell(sentence)
    if by_values:
        if forms.same_layout(expected["form"], form):
            comparison.values(expected["predictions"], found)
    elif not comparison.count:
        other = mismatch(expected["pattern"], found)
        if other is not None:
            comparison.tell(other)
    return comparison


def mismatch(pattern: dict[str, Any], value: Any, where: str = "") -> str | None:
    """Where a JSON value is not of a pattern first, as a sentence, or None."""
    found = type_of(value)
    if found not in pattern["types"] and not (found in ("integer", "null") and "number" in pattern["types"]):
        return f"{_at(where)} is of the type {found}, expected {' or '.join(pattern['types'])}"
    if isinstance(value, list):
        if pattern["length"] not in (None, len(value)):
            return f"{_at(where)} has {len(value)} values, expected {pattern['length']}"
        parts = [(f"[{at}]", pattern["items"], one) for at, one in enumerate(value)]
    elif isinstance(value, dict):
        absent = set(pattern["keys"]) - set(value)
        if absent or (not pattern["open"] and set(value) != set(pattern["keys"])):
            return f"{_at(where)} has the keys {sorted(value)}, expected {sorted(pattern['keys'])}"
        parts = [(f".{name}", inner, value[name]) for name, inner in pattern["keys"].items()]
    else:
        return None
    told = (mismatch(inner, one, where + step) for step, inner, one in parts if inner is not None)
    return next((sentence for sentence in told if sentence is not None), None)


def type_of(value: Any) -> str:
    """The JSON type of a value; a number is an ``integer`` or a ``number``."""
    if isinstance(value, bool):
        return "boolean"
    names = {type(None): "null", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return names[type(value)]


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    return bool(one == other) or (isinstance(one, str) and _moment(one) is not None and _moment(one) == _moment(other))


def _moment(text: str) -> tuple[str, ...] | None:
    # Libraries write as many digits of a second as they keep.
    found = _MOMENT.match(text)
    if found is None:
        return None
    day, minute, second, fraction, zone = found.groups()
    return day, minute, second or ":00", (fraction or "").rstrip("0"), (zone or "").replace("Z", "+00:00")


def _kind(value: float) -> str:
    return "integer" if isinstance(value, int) else "float"


def _at(where: str) -> str:
    return f"predictions{where}"
