"""A package as the source: what it declares itself, or its lock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mpk_build.environment.foreign import locking
from mpk_build.environment.lockfile import WHEELS
from mpk_build.foundation.errors import StageError
from mpk_build.package import reading

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Declaration
    from mpk_build.package.reading import Package

HAS_GROUPS = False
FILE = "MLmodel"


def python(declaration: Declaration) -> str | None:
    """The same minor version as it was made with."""
    version, _ = locking.python_of(_read(declaration))
    return None if version is None else f"=={'.'.join(version.split('.')[:2])}.*"


def parts(declaration: Declaration, interpreter: Interpreter, file_digest: Callable[[Path], str]) -> list[str]:
    """What it is resolved from, or its lock."""
    package = _read(declaration)
    if package.has_lock:
        return [file_digest(package.lock)]
    return [locking.identity(package, interpreter.minor, declaration.exclude_newer)]


def lock(declaration: Declaration, interpreter: Interpreter, _preferred: dict[str, str]) -> str:
    """Its lock, or what it declares, resolved.

    Raises:
        StageError: There is no solution.
        MachineError: No index could be reached.
    """
    package = _read(declaration)
    if package.has_lock:
        text = package.lock.read_text(encoding="utf-8")
    else:
        text = locking.resolved(package, interpreter.minor, declaration.exclude_newer).text
    here = json.dumps(str(package.root.absolute() / WHEELS))[:-1]
    return text.replace(f'path = "{WHEELS}/', f"path = {here}/")


def told(declaration: Declaration, interpreter: Interpreter) -> dict[str, Any]:
    """How it comes to what it needs."""
    package = _read(declaration)
    if package.has_lock:
        return {"resolved_from": package.lock.name, "told": []}
    said = locking.told(package, interpreter.minor)
    return {"resolved_from": locking.python_of(package)[1], "told": list(said)}


def _read(declaration: Declaration) -> Package:
    return reading.read(declaration.path.parent)


def made_with(package: Package, example: object, compare: str) -> dict[str, Any]:
    """The document of a package that is taken over.

    Raises:
        StageError: There is no input example, nor permission to go without one.
    """
    if example is None and not package.model.saved_input_example_info and compare != "off":
        raise StageError(
            f"the package {package.root} has no input example, so nothing could be predicted and it not be proven",
            hint="input_example: FILE; to build on what loading alone shows, validate: {compare: off}",
        )
    return package.plain_document
