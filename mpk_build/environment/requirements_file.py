"""The lines of a requirements file that ask for something, and those that only bound.

Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import UsageError
from mpk_build.package import requirement_lines

if TYPE_CHECKING:
    from pathlib import Path

_FILE = re.compile(r"^(-r|--requirement|-c|--constraint)(?:[\s=]+|(?<=-[rc]))(\S.*)$")


@dataclass(frozen=True)
class Lines:
    """What a requirements file and those that it names say, each as PEP 508 has it."""

    requirements: tuple[str, ...]
    constraints: tuple[str, ...]


def read(file: Path) -> Lines:
    """Read a requirements file.

    Raises:
        UsageError: It can't be read, or has a line that is no requirement; says which.
    """
    requirements: list[str] = []
    constraints: list[str] = []
    _read(file, bounds=False, requirements=requirements, constraints=constraints, seen=())
    return Lines(tuple(requirements), tuple(constraints))


def _read(file: Path, *, bounds: bool, requirements: list[str], constraints: list[str], seen: tuple[Path, ...]) -> None:
    if file.resolve() in seen:
        return
    for number, line in _logical(file):
        named = _FILE.match(line)
        if named:
            other = file.parent / named[2].strip("'\"")
            below = (*seen, file.resolve())
            only_bounds = bounds or named[1] in ("-c", "--constraint")
            _read(other, bounds=only_bounds, requirements=requirements, constraints=constraints, seen=below)
        else:
            (constraints if bounds else requirements).append(_requirement(line, f"{file}:{number}"))


def _logical(file: Path) -> list[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the requirements file {file} can't be read: {error}", hint="-r FILE") from None
    return [
        (one.number, one.requirement if one.kind == "requirement" else one.content)
        for one in requirement_lines.parse(text)
        if one.kind != "other"
    ]


def _requirement(line: str, place: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement

    if line.startswith("-"):
        option = line.split(maxsplit=1)[0].partition("=")[0]
        hint = "indexes are named by UV_DEFAULT_INDEX, UV_INDEX and UV_FIND_LINKS; a project as 'NAME @ file:///PATH'"
        raise UsageError(f"{place}: the option {option} has no place here; expected requirements, -r or -c", hint=hint)
    try:
        Requirement(line)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise UsageError(
            f"{place}: '{line}' is not a requirement: {reason}",
            hint="write it as 'numpy>=2', or 'NAME @ URL' (PEP 508)",
        ) from None
    return line
