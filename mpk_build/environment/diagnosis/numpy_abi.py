"""Extensions that were compiled for another numpy than the one that is there, and names that numpy has given up."""

from __future__ import annotations

import re

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

# See https://numpy.org/doc/stable/user/troubleshooting-importerror.html and numpy's notes on version 2.
_SIGNS = (
    re.compile(r"numpy\.(?:_?core|_core)\.(?:multiarray|umath) failed to import"),
    re.compile(r"A module that was compiled using NumPy 1\.x cannot be run in"),
    re.compile(r"numpy\.(?:dtype|ndarray|ufunc) size changed, may indicate binary incompatibility"),
    re.compile(r"_ARRAY_API not found"),
    re.compile(r"module compiled against (?:ABI|API) version \S+ but this version of numpy is"),
)
_GONE = re.compile(r"module 'numpy' has no attribute '(bool|int|float|complex|object|str|typeDict)'")
_REMOVED_IN_2 = re.compile(r"`np\.(\w+)` was removed in the NumPy 2\.0 release")


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For the texts with which compiled modules and numpy itself refuse each other."""
    sign = next((found[0] for text in failure.texts for one in _SIGNS if (found := one.search(text))), None)
    if sign is None:
        return _name_is_gone(failure, context)
    numpy = context.installed.get("numpy", "")
    other = phrases.release(*phrases.raised_by(failure, context, "numpy")) or "a compiled module"
    wanted = _wanted(numpy, context)
    evidence = (*phrases.frames(failure), f"it says: {sign}", *_versions(numpy, context))
    return Diagnosis(
        f"{other} was compiled for another numpy than {numpy or 'the one that is there'}"
        f" ({phrases.doing(failure.phase)})",
        evidence,
        phrases.command_for(context, [wanted]),
        phrases.overridden(wanted),
    )


def _wanted(numpy: str, context: Context) -> str:
    trained = context.trained.get("numpy", "")
    if numpy.startswith("1.") and trained:
        return f"numpy=={trained}"
    return "numpy>=2" if numpy.startswith("1.") else "numpy<2"


def _versions(numpy: str, context: Context) -> tuple[str, ...]:
    trained = context.trained.get("numpy", "")
    if not numpy or not trained or trained == numpy:
        return (f"numpy {numpy} is in {context.place}",) if numpy else ()
    return (f"numpy is {trained} in the source environment, and {numpy} in the package's",)


def _name_is_gone(failure: Failure, context: Context) -> Diagnosis | None:
    gone, removed = _GONE.search(failure.message), _REMOVED_IN_2.search(failure.message)
    found, wanted = (gone, "numpy<1.24") if gone else (removed, "numpy<2")
    if found is None:
        return None
    numpy = context.installed.get("numpy", "")
    user = phrases.release(*phrases.raised_by(failure, context, "numpy")) or "the model"
    return Diagnosis(
        f"{user} uses numpy.{found[1]}, which {phrases.release('numpy', numpy)} no longer has"
        f" ({phrases.doing(failure.phase)})",
        (*phrases.frames(failure), *_versions(numpy, context)),
        phrases.command_for(context, [wanted]),
        phrases.overridden(wanted),
    )
