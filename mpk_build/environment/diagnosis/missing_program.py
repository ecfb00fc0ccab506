"""A program that the model starts and that is not there where it is validated."""

from __future__ import annotations

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

# What a file system of one's own raises, and what Landlock does.
_REFUSED = ("FileNotFoundError", "PermissionError")


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For what Python's ``subprocess`` raises in the package when it can't start a program."""
    started = failure.through[-1:] == ("subprocess",) and failure.type in _REFUSED
    if context.where != "package" or not started:
        return None
    return Diagnosis(
        f"the package starts the program '{failure.path}' {phrases.doing(failure.phase)}, which is not there:"
        f" {failure.message}",
        phrases.frames(failure),
        "use a package of the index that does it; with a program of this machine, which an image's base has to have"
        " too: validate: {sandbox: off}",
    )
