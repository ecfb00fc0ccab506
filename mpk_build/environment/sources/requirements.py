"""A requirements file: resolved by uv, which follows its ``-r``, ``-c`` and ``-e`` and minds its hashes and options."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mpk_build.environment import resolving
from mpk_build.environment.sources.declared import local_parts, wrong
from mpk_build.foundation.errors import StageError
from mpk_build.package import requirement_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Declaration

HAS_GROUPS = False
_INCLUDES = re.compile(r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]*(\S+)", re.MULTILINE)
_PLACE = re.compile(r"(?:in|file in) `([^`]+)` at position (\d+)")


def python(_declaration: Declaration) -> str | None:
    """It says nothing of Python."""
    return None


def parts(declaration: Declaration, _interpreter: Interpreter, file_digest: Callable[[Path], str]) -> list[str]:
    """The file, those that it includes with ``-r`` and ``-c``, and the local projects that they name."""
    files = with_includes(declaration.path)
    return [*(file_digest(file) for file in files), *(one for file in files for one in _local(file))]


def _local(file: Path) -> list[str]:
    names = []
    for one in requirement_lines.parse(file.read_text(errors="replace")):
        words = one.requirement.replace("=", " ", 1) if one.kind == "option" else f"- {one.requirement}"
        first, _, rest = words.partition(" ")
        if first in ("-", "-e", "--editable"):
            address = rest.partition(" @ ")[2] or rest
            names.append(re.split(r"\s;|\[", address.strip(), maxsplit=1)[0].strip())
    # A bare name is one of an index, even where a folder is called so.
    return local_parts(file.parent, [name for name in names if "/" in name or name.startswith(".")])


def with_includes(file: Path) -> list[Path]:
    """A requirements file, and all that it includes as far as they are there."""
    found: list[Path] = []
    waiting = [file]
    while waiting:
        current = waiting.pop()
        if current in found or not current.is_file():
            continue
        found.append(current)
        names = _INCLUDES.findall(current.read_text(errors="replace"))
        waiting.extend(current.parent / name.strip("'\"") for name in names if "://" not in name)
    return found


def lock(declaration: Declaration, interpreter: Interpreter, preferred: dict[str, str]) -> str:
    """Resolved.

    Raises:
        StageError: It can't be read, with its line, or there is no solution.
        MachineError: No index could be reached.
    """
    try:
        arguments = [*declaration.cut_off, str(declaration.path)]
        return resolving.resolve_declared(arguments, declaration.path, interpreter.minor, preferred).text
    except StageError as error:
        raise _placed(error, declaration.path) or error from None


def _placed(error: StageError, file: Path) -> StageError | None:
    """Uv counts characters; a person counts lines."""
    found = _PLACE.search(error.message)
    if found is None:
        return None
    culprit = file.parent / found[1]
    try:
        text = culprit.read_bytes()[: int(found[2])]
    except OSError:
        return None
    line = text.count(b"\n") + 1
    written = culprit.read_text(errors="replace").splitlines()[line - 1].strip()
    # Behind its reason uv draws the requirement and points into it.
    reason = " ".join(error.message[found.end() :].split()).lstrip(": ").partition(f" {written}")[0]
    return wrong(culprit, line, f"'{written}' can't be read: {reason}")


def told(_declaration: Declaration, _interpreter: Interpreter) -> dict[str, Any]:
    """Nothing beyond its name."""
    return {}
