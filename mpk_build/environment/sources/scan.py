"""Nothing is declared: the code is read from the entrypoint on, and what it imports is looked up.

Which distribution provides a module is taken from what is commonly known. What is known of none, or of several, is an
error with its place: to guess is to install what somebody else has published under a name.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import capturing, resolving
from mpk_build.environment.diagnosis import providers
from mpk_build.environment.names import normalised
from mpk_build.environment.scanning import scan as scanning
from mpk_build.environment.scanning.conditions import Target
from mpk_build.environment.sources.declared import markers
from mpk_build.foundation.documents import read_json
from mpk_build.foundation.errors import Position, StageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.scanning.scan import Mention
    from mpk_build.environment.sources.declared import Declaration

HAS_GROUPS = False
# Modules that are called like the one distribution that provides them, collected by hand.
_SAME_NAMES = Path(__file__).with_name("same_names.json")
# In the standard library of older Pythons, and not of mpk's own.
_FORMER = frozenset({"asynchat", "asyncore", "distutils", "imp", "smtpd", "binhex", "formatter", "parser", "symbol"})


@dataclass(frozen=True)
class Found:
    """A distribution that the code needs: what asks for it, and where first."""

    distribution: str
    module: str
    file: Path
    line: int


def python(_declaration: Declaration) -> str | None:
    """Code says nothing of Python."""
    return None


def parts(declaration: Declaration, interpreter: Interpreter, _file_digest: Callable[[Path], str]) -> list[str]:
    """What the code comes to."""
    return [*declaration.named, *(one.distribution for one in find(declaration, interpreter))]


def lock(declaration: Declaration, interpreter: Interpreter, preferred: dict[str, str]) -> str:
    """Resolved.

    Raises:
        StageError: A module is known of no distribution, or of several; or there is no solution.
        MachineError: No index could be reached.
    """
    lines = [*declaration.named, *(one.distribution for one in find(declaration, interpreter))]
    return resolving.resolve_lines(
        lines, declaration.cut_off, declaration.path / "the code", interpreter.minor, preferred
    )


def told(declaration: Declaration, interpreter: Interpreter) -> dict[str, Any]:
    """Which module gave which distribution, and where it is imported first."""
    found = find(declaration, interpreter)
    return {
        "modules": {
            one.module: {"distribution": one.distribution, "at": _place(one.file, one.line, declaration)}
            for one in found
        }
    }


def find(declaration: Declaration, interpreter: Interpreter) -> list[Found]:
    """What the code needs, by name.

    Raises:
        StageError: A module is known of no distribution, or of several.
    """
    version = tuple(int(part) for part in interpreter.version.split(".")[:3] if part.isdigit())
    standard = frozenset(sys.stdlib_module_names) | _FORMER
    target = Target(version, markers(interpreter), standard)
    roots = capturing.import_roots(declaration.path, list(declaration.code_paths))
    entrypoint = declaration.entrypoint.removesuffix("()")
    module = entrypoint.partition(":")[0]
    loaded = scanning.Loaded((), entrypoint, (f"{module}:",), given=declaration.code_paths)
    seen = scanning.scan(loaded, roots, target)
    if seen.unread:
        raise StageError(f"{_place(seen.unread[0], 1, declaration)}: this is not Python that mpk can read")
    found: dict[str, Found] = {}
    for mention in seen.reached:
        one = _provided(mention, standard, declaration)
        if one is not None:
            found.setdefault(one.distribution, one)
    return [found[name] for name in sorted(found)]


def _provided(mention: Mention, standard: frozenset[str], declaration: Declaration) -> Found | None:
    module = mention.names[0]
    if module.partition(".")[0] in standard:
        return None
    # The shortest that tells: 'from a import b' may mean 'a.b'.
    known = next((name for name in reversed(mention.names) if providers.is_known(name, {})), None)
    top = mention.names[-1].partition(".")[0]
    if mention.is_distribution:
        names = [normalised(module)]
    elif known is not None:
        names = list(dict.fromkeys(providers.candidates(known, {})))
    elif top in _same_names() or normalised(top) in _named(declaration):
        names = [normalised(top)]
    else:
        names = []
    names = [one for one in names if one in _named(declaration)] or names
    if len(names) == 1:
        return Found(names[0], known or top, mention.file, mention.line)
    # What the code goes on without, or what a library does, is not asked for on a guess.
    if mention.guarded or mention.library:
        return None
    raise _undecided(mention, names, declaration)


def _undecided(mention: Mention, names: list[str], declaration: Declaration) -> StageError:
    several = f"several distributions provide it: {', '.join(names)}"
    why = several if names else "it is not known which distribution provides it"
    return StageError(
        f"{_place(mention.file, mention.line, declaration)}: imports {mention.names[-1]}, and {why}",
        hint=f"mpk requirements add {names[0]}"
        if names
        else f"mpk requirements add {mention.names[-1].partition('.')[0]}, if"
        " that is what it is called; else list what the code needs in a requirements.txt and name that as the source",
        position=Position(str(mention.file), mention.line, 1),
    )


def _named(declaration: Declaration) -> set[str]:
    from packaging.requirements import Requirement

    return {normalised(Requirement(one).name) for one in declaration.named}


@cache
def _same_names() -> frozenset[str]:
    return frozenset(read_json(_SAME_NAMES))


def _place(file: Path, line: int, declaration: Declaration) -> str:
    return f"{os.path.relpath(file, declaration.path)}:{line}"
