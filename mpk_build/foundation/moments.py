"""The one time that outputs may bear."""

from __future__ import annotations

import os
from datetime import UTC, datetime

from mpk_build.foundation.errors import UsageError


def source_date() -> datetime:
    """SOURCE_DATE_EPOCH if it is set, else the beginning of Unix time.

    See https://reproducible-builds.org/specs/source-date-epoch/.

    Raises:
        UsageError: It isn't a number of seconds.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "0")
    try:
        return datetime.fromtimestamp(int(text), UTC)
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}, not a number of seconds") from None
