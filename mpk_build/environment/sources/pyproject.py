"""A ``pyproject.toml``: the project's dependencies, and the extras and dependency groups that are asked for.

Formats: https://packaging.python.org/specifications/pyproject-toml/ and dependency groups (PEP 735). The project itself
is not installed: its modules are imported from where they lie.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.environment import resolving
from mpk_build.environment.sources.declared import check_known, line_of, local_parts, read_toml, wrong
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Declaration

HAS_GROUPS = True


def python(declaration: Declaration) -> str | None:
    """Its ``requires-python``."""
    found = read_toml(declaration.path)[0].get("project", {}).get("requires-python")
    return str(found) if found else None


def parts(declaration: Declaration, _interpreter: Interpreter, file_digest: Callable[[Path], str]) -> list[str]:
    """The file, and the local projects that it names for uv."""
    sources = read_toml(declaration.path)[0].get("tool", {}).get("uv", {}).get("sources", {})
    tables = [one for said in sources.values() for one in (said if isinstance(said, list) else [said])]
    names = [one["path"] for one in tables if "path" in one]
    return [file_digest(declaration.path), *local_parts(declaration.path.parent, names)]


def lock(declaration: Declaration, interpreter: Interpreter, preferred: dict[str, str]) -> str:
    """Resolved.

    Raises:
        StageError: It can't be read, is not complete without a build, lacks what is asked for, or has no solution.
        MachineError: No index could be reached.
    """
    file = declaration.path
    data, text = read_toml(file)
    project, groups = data.get("project"), data.get("dependency-groups", {})
    if project is None and not declaration.groups:
        poetry = "poetry" in data.get("tool", {})
        hint = "poetry lock, and requirements: {source: poetry.lock}" if poetry else "requirements: {groups: [NAME]}"
        raise StageError(f"{file.name} has no table [project], so it declares no dependencies", hint=hint)
    extras = (project or {}).get("optional-dependencies", {})
    _check_static(file, text, project or {}, declaration)
    check_known(file, "extra", declaration.extras, extras)
    check_known(file, "dependency group", declaration.groups, groups)
    _check(file, text, [*(project or {}).get("dependencies", []), *_flat(extras), *_flat(groups)])
    options = [word for one in declaration.extras for word in ("--extra", one)]
    options += [word for one in declaration.groups for word in ("--group", f"{file}:{one}")]
    sources = [str(file)] if project is not None else []
    return resolving.resolve_declared(
        [*declaration.cut_off, *options, *sources], file, interpreter.minor, preferred
    ).text


def _flat(lists: dict[str, list[Any]]) -> Iterable[Any]:
    return [one for listed in lists.values() for one in listed if isinstance(one, str)]


def _check_static(file: Path, text: str, project: dict[str, Any], declaration: Declaration) -> None:
    computed = set(project.get("dynamic", []))
    wanted = {"dependencies", *(["optional-dependencies"] if declaration.extras else [])}
    if computed & wanted:
        raise wrong(
            file,
            line_of(text, "dynamic"),
            f"its {' and '.join(sorted(computed & wanted))} are dynamic: known only when the project is built",
            "name the file that they are read from: requirements: {source: requirements.txt}; or install the project"
            " (uv venv && uv pip install -e .) and name that environment",
        )


def _check(file: Path, text: str, requirements: Iterable[str]) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    for one in requirements:
        try:
            Requirement(one)
        except InvalidRequirement as error:
            reason = str(error).splitlines()[0]
            raise wrong(file, line_of(text, one), f"'{one}' is not a requirement: {reason}") from None


def told(declaration: Declaration, _interpreter: Interpreter) -> dict[str, Any]:
    """What of it was taken."""
    return {"groups": list(declaration.groups), "extras": list(declaration.extras)}
