"""Conda's specifications of Python packages, as an index calls them and PEP 440 has their versions."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from mpk_build.foundation.documents import read_json
from mpk_build.foundation.errors import Position, StageError

# Conda's names of Python packages that an index calls otherwise, and names of what is no Python package; collected by
# hand. All other names are the same in both.
_NAMES = Path(__file__).with_name("conda_names.json")
_SPEC = re.compile(r"(?:[\w./:-]+::)?(?P<name>[\w.-]+)\s*(?P<version>.*)")
_BRACKETS = re.compile(r"\[version=['\"]?([^'\"\]]+)['\"]?\]")
_EXACT = re.compile(r"(?P<operator>=?=?)(?P<version>[\w.!+*]+)(?:[=\s].*)?")


def specifier(spec: str, file: Path, line: int) -> str:
    """The version in a conda specification as PEP 440 has it, ``""`` for any.

    Raises:
        StageError: PEP 440 has no such; with the file and line that the specification stands in.
    """
    matched = _SPEC.fullmatch(spec.strip())
    version = (matched["version"] if matched else "").strip()
    brackets = _BRACKETS.search(version)
    version = brackets[1] if brackets else version
    if not version or version in ("*", "=*"):
        return ""
    if re.match(r"[<>!~]", version):
        return version.split(" ", maxsplit=1)[0] if re.fullmatch(r"\S+ \S*_\S*", version) else version.replace(" ", "")
    exact = _EXACT.fullmatch(version)
    if exact is None or "|" in version:
        raise StageError(
            f"{file.name}:{line}: '{spec}' can't be said in the language of an index",
            hint="write one range, such as 'numpy>=1.26,<2'",
            position=Position(str(file), line, 1),
        )
    found, builds = exact["version"], exact["version"] != version.lstrip("=")
    # One '=' means any version that begins so, unless a build is named behind it.
    if exact["operator"] == "=" and not found.endswith("*") and not builds:
        return f"=={found}.*"
    return "==" + re.sub(r"(?<!\.)\*$", ".*", found)


def index_name(name: str) -> str | None:
    """What an index calls a conda package; None for what is no Python package."""
    known = _known()
    if name in known["names"]:
        return str(known["names"][name])
    if name in known["others"] or name.startswith(tuple(known["prefixes"])):
        return None
    return name


@cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = read_json(_NAMES)
    return found
