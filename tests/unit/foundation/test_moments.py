"""SOURCE_DATE_EPOCH."""

from __future__ import annotations

import pytest

from mpk_build.foundation.errors import UsageError
from mpk_build.foundation.moments import source_date


def test_the_time_that_outputs_bear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert source_date().isoformat() == "1970-01-01T00:00:00+00:00"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert source_date().isoformat() == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("text", ["tomorrow", "1e9", "9" * 30, ""])
def test_what_is_no_number_of_seconds(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(UsageError) as caught:
        source_date()
    assert caught.value.message == f"SOURCE_DATE_EPOCH is {text!r}, not a number of seconds"
