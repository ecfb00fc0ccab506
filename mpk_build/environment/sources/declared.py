"""What a declared source is, whatever its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from mpk_build.environment import local_projects, platforms
from mpk_build.environment.names import normalised
from mpk_build.foundation.errors import Position, StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter


@dataclass(frozen=True)
class Declaration:
    """A declared source.

    Attributes:
        path: The file; for code that is read, the project's folder.
        groups: The dependency groups that are wanted.
        extras: The extras that are wanted.
        entrypoint: The model's, for code that is read.
        code_paths: Likewise.
        named: The requirements that the manifest lists, likewise.
        conda: Normalised names of the packages that conda gives.
        exclude_newer: A moment (RFC 3339); what an index got later does not count where it is resolved.
    """

    path: Path
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    entrypoint: str = ""
    code_paths: tuple[Path, ...] = ()
    named: tuple[str, ...] = ()
    conda: frozenset[str] = field(default_factory=frozenset)
    exclude_newer: str | None = None

    @property
    def cut_off(self) -> list[str]:
        """The options of uv for its cut-off."""
        return [] if self.exclude_newer is None else ["--exclude-newer", self.exclude_newer]


class Kind(Protocol):
    """How one kind of declaration is read: a module with these functions."""

    HAS_GROUPS: bool

    def python(self, declaration: Declaration, /) -> str | None:
        """What it says of Python, as a version specifier, or None."""

    def parts(
        self, declaration: Declaration, interpreter: Interpreter, file_digest: Callable[[Path], str], /
    ) -> list[str]:
        """What distinguishes it from any other: the digests of all files that count, or what they come to."""

    def lock(self, declaration: Declaration, interpreter: Interpreter, preferred: dict[str, str], /) -> str:
        """A PEP 751 lock of what it asks for, to install from on this machine."""

    def told(self, declaration: Declaration, interpreter: Interpreter, /) -> dict[str, Any]:
        """What of it a person should know."""


def markers(interpreter: Interpreter) -> dict[str, str]:
    """The PEP 508 environment of a Python on this machine."""
    from packaging.markers import default_environment

    version = interpreter.version
    ours = {"python_version": interpreter.minor, "python_full_version": version, "implementation_version": version}
    return {**{key: str(value) for key, value in default_environment().items()}, **ours, **platforms.own().variables}


def local_parts(folder: Path, names: Iterable[object]) -> list[str]:
    """The digests of what lies on this machine, of projects or files named relative to a folder."""
    paths = [folder / str(name).removeprefix("file://") for name in names]
    return [local_projects.content_digest(path) for path in sorted({*paths}) if path.exists()]


def wrong(file: Path, line: int, message: str, hint: str | None = None) -> StageError:
    """An error in a declaration, with its place."""
    position = Position(str(file), line, 1)
    return StageError(f"{file.name}:{line}: {message}", hint=hint, position=position)


def line_of(text: str, part: str) -> int:
    """The line on which a text stands first in another, 1 where it does not."""
    at = text.find(part)
    return text.count("\n", 0, at) + 1 if at >= 0 else 1


def read_toml(file: Path) -> tuple[dict[str, Any], str]:
    """A TOML file and its text.

    Raises:
        StageError: It can't be read; says where.
    """
    import tomllib

    try:
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text), text
    except (OSError, UnicodeDecodeError) as error:
        raise StageError(f"{file.name} can't be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", str(error))
        line = int(found[1]) if found and found[1] else text.count("\n") + 1
        raise wrong(file, line, f"this is not TOML: {str(error)[: found.start() if found else None]}") from None


def check_known(file: Path, what: str, wanted: Iterable[str], known: Iterable[str]) -> None:
    """Refuse a group or an extra that a declaration does not have.

    Raises:
        StageError: There is none of that name.
    """
    from difflib import get_close_matches

    names = {normalised(one): one for one in known}
    for one in wanted:
        if normalised(one) not in names:
            close = get_close_matches(normalised(one), names, n=1)
            has = f"; it has {', '.join(sorted(names.values()))}" if names else ", and no other"
            hint = f"did you mean '{names[close[0]]}'?" if close else None
            raise StageError(f"{file.name} has no {what} '{one}'{has}", hint=hint)
