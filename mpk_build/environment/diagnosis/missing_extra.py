"""An optional part of a library that is not installed: what the library itself says to install."""

from __future__ import annotations

import re

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure
from mpk_build.environment.diagnosis.providers import requirement_for

_REQUIREMENT = r"([A-Za-z0-9][\w.-]*[A-Za-z0-9](?:\[[\w, -]+\])?(?:[<>=!~]=?[\w.*]+)?)"
_MODULE = (
    re.compile(r"Missing optional dependency '([\w.-]+)'"),
    re.compile(r"Unable to find a usable engine; tried using: '([\w.-]+)'"),
)
# A channel, which is no requirement; an option, but for those with a file; a channel in front of a package.
_BEFORE = r"-(?:c|-channel) [\w-]+ (?=\S)|-(?![rec]\b|-(?:requirement|editable|constraint|channel)\b)[-\w]+ |[\w-]+::"
# Not an address, nor what stands in front of one.
_TYPED = re.compile(rf"(?:pip3?|conda) install (?:{_BEFORE})*[\"'`]*{_REQUIREMENT}(?![\w+:/@])")
_EXTRA = re.compile(rf"(?:requires?|needs?|install) (?:the )?[\"'`]?{_REQUIREMENT}[\"'`]? extra", re.IGNORECASE)
_RAISED = ("ImportError", "ModuleNotFoundError", "RuntimeError", "ValueError", "OSError", "Exception")


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For a library that names what it would need, such as ``pip install pandas[parquet]``."""
    if not (failure.type in _RAISED or failure.type.endswith(("ImportError", "NotFound", "NotAvailable"))):
        return None
    requirement = _named(failure, context)
    if requirement is None:
        return None
    name, version = phrases.raised_by(failure, context)
    user = phrases.release(name, version) or "the model"
    says = failure.message.strip().splitlines()[0]
    return Diagnosis(
        f"{user} needs {requirement} for what the model does, and {context.place} does not have it"
        f" ({phrases.doing(failure.phase)})",
        (*phrases.frames(failure), f"it says: {says}"),
        phrases.command_for(context, [requirement]),
        phrases.added(requirement),
    )


def _named(failure: Failure, context: Context) -> str | None:
    for pattern in _MODULE:
        found = pattern.search(failure.message)
        if found:
            return requirement_for(found[1], context.providers)
    typed = _TYPED.search(failure.message)
    if typed:
        return typed[1].rstrip(".")
    extra = _EXTRA.search(failure.message)
    if extra is None:
        return None
    if "[" in extra[1]:
        return extra[1]
    name, _ = phrases.raised_by(failure, context)
    return f"{name}[{extra[1]}]" if name else None
