"""What could be resolved and can't be installed: it has no wheel that fits, and its source can't be built here."""

from __future__ import annotations

import re

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

# What uv 0.9 to 0.13 says.
_NOT_BUILT = re.compile(r"Failed to (?:download and )?build `([A-Za-z0-9][\w.-]*)==([^\s`]+)`")


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:  # noqa: ARG001 - as all of the catalogue
    """For what uv says when it installs."""
    found = _NOT_BUILT.search(failure.message) if failure.type == "Uv" else None
    if found is None:
        return None
    name, version = found[1], found[2]
    said = failure.message.partition("[stderr]")[2].partition("hint: ")[0].strip()
    other = f"{name}!={version}"
    return Diagnosis(
        f"{name} {version} has no wheel for this platform and Python, and its source can't be built",
        (f"its build says: {said}" if said else f"uv says: {failure.message}",),
        f"requirements: {{override: ['{other}']}} takes another version; or install what its build asks for",
        phrases.overridden(other),
    )
