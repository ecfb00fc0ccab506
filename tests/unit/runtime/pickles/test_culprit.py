"""What of a model can't be pickled is told with the way to it."""

from __future__ import annotations

import threading
from typing import Any

import cloudpickle
import pytest

from mpk_runtime.pickles import culprit

LOCK = threading.Lock()
WHY = "cannot pickle '_thread.lock' object"


class _Plain:
    def __init__(self, **parts: Any) -> None:
        vars(self).update(parts)

    def call(self) -> None:
        raise AssertionError


class _WithSlots:
    __slots__ = ("first", "second")

    def __init__(self, second: Any) -> None:
        self.first, self.second = 1, second


class _WithState(_Plain):
    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "kept": vars(self)["lock"]}


def in_closure() -> Any:
    lock = threading.Lock()
    return lambda rows: (rows, lock)


def in_defaults(rows: Any, lock: Any = LOCK) -> Any:
    return rows, lock


CASES: dict[str, tuple[Any, str]] = {
    "attribute": (_Plain(encoder=_Plain(words=["a"], _lock=LOCK)), "model.encoder._lock"),
    "dict and list": (_Plain(parts={"a": [1, (2, LOCK)]}), "model.parts['a'][1][1]"),
    "slots": (_WithSlots(_Plain(lock=LOCK)), "model.second.lock"),
    "state": (_WithState(lock=LOCK), "model.lock"),
    "bound method": (_Plain(call=_Plain(lock=LOCK).call), "model.call.__self__.lock"),
    "itself": (LOCK, "model"),
    "a cycle": (_Plain(lock=LOCK), "model.lock"),
}
CASES["a cycle"][0].above = CASES["a cycle"][0]


@pytest.mark.parametrize("name", CASES)
def test_the_way_is_told(name: str) -> None:
    model, path = CASES[name]
    assert culprit.told(model, cloudpickle.dumps) == f"{path}: {WHY}"


def test_in_functions_and_classes_too() -> None:
    class Local:
        lock = LOCK

        def predict(self, rows: Any) -> Any:
            return rows

    def by_default(rows: Any, lock: Any = LOCK) -> Any:
        return rows, lock

    assert culprit.told(in_closure(), cloudpickle.dumps) == f"model.__closure__['lock']: {WHY}"
    assert culprit.told(by_default, cloudpickle.dumps) == f"model.__defaults__[0]: {WHY}"
    assert culprit.told(Local(), cloudpickle.dumps) == f"model.__class__.lock: {WHY}"


def test_nothing_is_told_of_what_can_be_pickled() -> None:
    assert culprit.told(_Plain(a=1, b=in_defaults), cloudpickle.dumps) is None
