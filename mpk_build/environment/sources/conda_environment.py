"""An ``environment.yml``: its Python, its pip requirements, and those conda packages that are Python packages.

Format: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html and conda's match
specifications. What is no Python package can't come from an index; where the manifest leaves it to conda, it may stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.environment import resolving
from mpk_build.environment.conda_specs import index_name, specifier
from mpk_build.environment.names import normalised
from mpk_build.environment.sources.declared import line_of, wrong
from mpk_build.foundation.errors import MpkError, StageError
from mpk_build.package import conda_file

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Declaration
    from mpk_build.package.conda_file import CondaFile

HAS_GROUPS = False
_TOOLS = {"pip", "setuptools", "wheel", "python", "conda", "mamba"}


def python(declaration: Declaration) -> str | None:
    """What it says of ``python``."""
    for one in _read(declaration.path)[0].dependencies:
        if conda_file.package_name(one) == "python":
            return specifier(one, declaration.path, 1) or None
    return None


def parts(declaration: Declaration, _interpreter: Interpreter, file_digest: Callable[[Path], str]) -> list[str]:
    """The file, and what the manifest leaves to conda."""
    return [file_digest(declaration.path), *sorted(declaration.conda)]


def lock(declaration: Declaration, interpreter: Interpreter, preferred: dict[str, str]) -> str:
    """Resolved.

    Raises:
        StageError: It can't be read, has what no index has, or there is no solution.
        MachineError: No index could be reached.
    """
    said, text = _read(declaration.path)
    lines = [*_requirements(declaration, said, text), *said.pip]
    return resolving.resolve_lines(lines, declaration.cut_off, declaration.path, interpreter.minor, preferred)


def told(declaration: Declaration, _interpreter: Interpreter) -> dict[str, Any]:
    """Which packages have another name on an index, and which conda gives."""
    said, _ = _read(declaration.path)
    names = [conda_file.package_name(one) for one in said.dependencies]
    renamed = {name: index_name(name) for name in names if index_name(name) not in (name, None)}
    left = [name for name in names if normalised(name) in declaration.conda]
    return {"renamed": renamed, "left_to_conda": left}


def _read(file: Path) -> tuple[CondaFile, str]:
    try:
        text = file.read_text(encoding="utf-8")
        return conda_file.parse(text, file.name), text
    except (OSError, UnicodeDecodeError) as error:
        raise StageError(f"{file.name} can't be read: {error}") from None
    except MpkError as error:
        raise StageError(error.message, hint=error.hint) from None


def _requirements(declaration: Declaration, said: CondaFile, text: str) -> list[str]:
    found, strange = [], []
    for spec in said.dependencies:
        name, line = conda_file.package_name(spec), line_of(text, spec)
        if name in _TOOLS or normalised(name) in declaration.conda:
            continue
        called = index_name(name)
        if called is None:
            strange.append((line, name))
        else:
            found.append(f"{called}{specifier(spec, declaration.path, line)}")
    if strange:
        names = ", ".join(name for _, name in strange)
        one = len(strange) == 1
        what = "is no Python package: only conda has it" if one else "are no Python packages: only conda has them"
        raise wrong(
            declaration.path,
            strange[0][0],
            f"{names} {what}",
            f"requirements: {{conda: {{dependencies: [{names}]}}}} and validate: {{manager: conda}}; or take it out of"
            f" {declaration.path.name} where the model does without",
        )
    return found
