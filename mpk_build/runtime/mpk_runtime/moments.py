"""Dates and times, of pandas where it is and of Python where it is not."""

from __future__ import annotations

import datetime
from typing import Any


def timestamp(value: Any) -> Any:
    """The moment of a text of ISO 8601, a date, or a moment: a pandas Timestamp, else a datetime.

    Raises:
        ValueError: The text is none.
    """
    try:
        import pandas as pd
    except ImportError:
        if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
            return datetime.datetime.combine(value, datetime.time())
        if not isinstance(value, str):
            return value
        # Before 3.11 there is no Z.
        return datetime.datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] in ("Z", "z") else value)
    return pd.Timestamp(value)
