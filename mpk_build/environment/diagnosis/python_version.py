"""A Python that is too old for the code, or too new for it."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import missing_module, phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

if TYPE_CHECKING:
    from pathlib import Path

# The release of Python 3 that took a module out of the standard library, and what brings it back (PEP 594, PEP 632).
_REMOVED: dict[str, tuple[int, str | None]] = {
    "distutils": (12, "setuptools"),
    "imp": (12, None),
    "asyncore": (12, "standard-asyncore"),
    "asynchat": (12, "standard-asynchat"),
    "smtpd": (12, "standard-smtpd"),
    "aifc": (13, "standard-aifc"),
    "audioop": (13, "audioop-lts"),
    "cgi": (13, "legacy-cgi"),
    "cgitb": (13, "legacy-cgi"),
    "chunk": (13, "standard-chunk"),
    "crypt": (13, "standard-crypt"),
    "imghdr": (13, "standard-imghdr"),
    "lib2to3": (13, None),
    "mailcap": (13, "standard-mailcap"),
    "nntplib": (13, "standard-nntplib"),
    "pipes": (13, "standard-pipes"),
    "sndhdr": (13, "standard-sndhdr"),
    "sunau": (13, "standard-sunau"),
    "telnetlib": (13, "standard-telnetlib"),
    "uu": (13, "standard-uu"),
    "xdrlib": (13, "standard-xdrlib"),
    "parser": (10, None),
    "symbol": (10, None),
    "formatter": (10, None),
}
# The release that brought one.
_ADDED = {"zoneinfo": 9, "graphlib": 9, "tomllib": 11, "compression": 14, "annotationlib": 14}
_OLDEST = 8


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For a syntax that this Python does not know, and for modules that its standard library has not, or no longer."""
    if failure.type in ("SyntaxError", "IndentationError", "TabError"):
        return _syntax(failure, context)
    minor = _minor(context.python)
    missing = (missing_module.missing(failure) or "").split(".")[0]
    if missing in {*_REMOVED, *_ADDED} and missing_module.in_project(missing, context.root):
        # The project's own, of the same name.
        return None
    if missing in _REMOVED and minor >= _REMOVED[missing][0]:
        return _removed(missing, failure, context)
    if missing in _ADDED and minor < _ADDED[missing]:
        return Diagnosis(
            f"Python {_short(context.python)} is too old: the module '{missing}' came with Python 3.{_ADDED[missing]}"
            f" ({phrases.doing(failure.phase)})",
            phrases.frames(failure),
            _set_python(f"3.{_ADDED[missing]}"),
        )
    return None


def _removed(module: str, failure: Failure, context: Context) -> Diagnosis:
    gone, instead = _REMOVED[module]
    cause = f"Python {_short(context.python)} is too new: Python 3.{gone} took '{module}' out of the standard library"
    older = _set_python(f"3.{gone - 1}")
    evidence = phrases.frames(failure)
    if instead is None:
        return Diagnosis(f"{cause} ({phrases.doing(failure.phase)})", evidence, older)
    return Diagnosis(
        f"{cause} ({phrases.doing(failure.phase)})",
        (*evidence, f"{instead} brings it back"),
        f"{phrases.command_for(context, [instead])}; or: {older}",
        phrases.added(instead),
    )


def _syntax(failure: Failure, context: Context) -> Diagnosis | None:
    file, _, line = failure.path.rpartition(":")
    needed = _least_python(file, context.root)
    if needed is None or needed <= _minor(context.python):
        return None
    return Diagnosis(
        f"Python {_short(context.python)} is too old: {file}:{line} is written for Python 3.{needed} or newer"
        f" ({phrases.doing(failure.phase)})",
        (f"it says: {failure.message}",),
        _set_python(f"3.{needed}"),
    )


def _least_python(file: str, root: Path | None) -> int | None:
    path = root / file if root and file else None
    if path is None or not path.is_file():
        return None
    text = path.read_text(errors="replace")
    for minor in range(_OLDEST, sys.version_info.minor + 1):
        try:
            ast.parse(text, feature_version=(3, minor))
        except (SyntaxError, ValueError):
            continue
        return minor
    return None


def _minor(python: str) -> int:
    parts = python.split(".")
    return int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0


def _short(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _set_python(version: str) -> str:
    return f'requirements: {{python: "{version}"}}'
