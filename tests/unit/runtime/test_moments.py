"""Moments, with pandas and without it."""

from __future__ import annotations

import datetime
import sys
from typing import Any

import pandas as pd
import pytest

from mpk_runtime.moments import timestamp

DAY = datetime.date(2026, 1, 31)
MOMENT = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize(("given", "expected"), [("2026-01-31T12:00:00Z", MOMENT), (MOMENT, MOMENT)])
def test_it_is_of_pandas_where_it_is(given: Any, expected: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = timestamp(given)
    assert (type(found), found) == (pd.Timestamp, pd.Timestamp(expected))
    monkeypatch.setitem(sys.modules, "pandas", None)
    found = timestamp(given)
    assert (type(found), found) == (datetime.datetime, expected)


def test_a_day_is_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert timestamp(DAY) == pd.Timestamp(2026, 1, 31)
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert timestamp(DAY) == datetime.datetime(2026, 1, 31)  # noqa: DTZ001 - as the day has none
    with pytest.raises(ValueError, match=r"^Invalid isoformat string: 'now'$"):
        timestamp("now")
