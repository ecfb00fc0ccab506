"""A process that took too long, or ended without a word."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Diagnosis

if TYPE_CHECKING:
    from mpk_build.environment.diagnosis.failure import Context, Failure


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:  # noqa: ARG001 - as all of the catalogue
    """For ``TimedOut`` and ``Ended``, whose message is who did."""
    if failure.type == "TimedOut":
        return Diagnosis(
            f"{failure.message} within {failure.seconds:.0f} s",
            phrases.frames(failure),
            "raise validate: {timeout: SECONDS}",
        )
    if failure.type != "Ended":
        return None
    if failure.returncode < 0:
        return Diagnosis(f"{failure.message} was ended by {_signal(-failure.returncode)}", phrases.frames(failure))
    return Diagnosis(f"{failure.message} ended with code {failure.returncode} and left no result")


def _signal(number: int) -> str:
    # Of the real-time signals only the first and the last have names.
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
