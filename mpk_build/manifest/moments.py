"""Moments that stand in a manifest."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def cut_off(value: str) -> str:
    """The moment of a cut-off, in UTC: a date's is its end, wherever the machine is.

    Raises:
        ValueError: It is neither a date nor a moment with its offset from UTC.
    """
    try:
        if _DATE.fullmatch(value):
            day = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
            return _text(day + timedelta(days=1))
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"found '{value}'; expected a date such as '2026-01-31' or '2026-01-31T12:00:00Z'")
    return _text(moment.astimezone(UTC))


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
