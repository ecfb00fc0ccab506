"""A module that is not there: its distribution, or the code of the project that was not packaged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure
from mpk_build.environment.diagnosis.providers import is_known, requirement_for

if TYPE_CHECKING:
    from pathlib import Path

_NO_MODULE = re.compile(r"No module named '([^']+)'")
# How a part of a namespace package that is not there looks.
_NO_PART = re.compile(r"cannot import name '(\w+)' from '([\w.]+)' \(unknown location\)")
_IMPORT = re.compile(r"^\s*(?:from\s+([\w.]+)\s+import\s+(\w+)|import\s+([\w.]+))")
_NEVER_CODE = {"site-packages", "node_modules", "__pycache__", "dist", "build"}
_DEEPEST = 4


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For a ModuleNotFoundError, or an import of a part that a namespace package does not have."""
    module = missing(failure)
    if module is None:
        return None
    module = _whole(module, failure, context.root)
    own = in_project(module, context.root)
    requirement = requirement_for(module, context.providers)
    doing = phrases.doing(failure.phase)
    if own is not None and not is_known(module, context.providers):
        return Diagnosis(
            f"the module '{module}' is the project's own, and {_not_there(context)} ({doing})",
            (*phrases.frames(failure), f"there is {own}"),
            f"model: {{code_paths: [{own}]}}",
        )
    evidence = (*phrases.frames(failure), *_provided_by(module, requirement, context))
    if context.where == "source":
        command = f"{phrases.in_source(context, [requirement])}; if it is code of yours: model: {{code_paths: [PATH]}}"
        cause = f"the source environment has no module '{module}', which the model needs ({doing})"
        return Diagnosis(cause, evidence, command)
    return Diagnosis(
        f"the package needs the module '{module}' {doing}, and its environment does not have it",
        evidence,
        phrases.command_for(context, [requirement]),
        phrases.added(requirement),
    )


def missing(failure: Failure) -> str | None:
    """The module that a failure says is not there."""
    if failure.type == "ModuleNotFoundError":
        found = _NO_MODULE.search(failure.message)
        return found[1] if found else failure.module or None
    part = _NO_PART.search(failure.message) if failure.type == "ImportError" else None
    return f"{part[2]}.{part[1]}" if part else None


def _whole(module: str, failure: Failure, root: Path | None) -> str:
    # Of 'from google.cloud import storage' Python names only what is missing first.
    if root is None or not failure.frames:
        return module
    file, line, _ = failure.frames[-1]
    path = root / file
    text = path.read_text(errors="replace").splitlines()[line - 1 : line] if path.is_file() else []
    found = _IMPORT.search(text[0]) if text else None
    if found is None:
        return module
    whole = f"{found[1]}.{found[2]}" if found[1] else found[3]
    return whole if whole.startswith(f"{module}.") else module


def _not_there(context: Context) -> str:
    return "was not packaged" if context.where == "package" else "is not imported from where it lies"


def _provided_by(module: str, requirement: str, context: Context) -> tuple[str, ...]:
    name = requirement.partition("==")[0]
    if requirement in context.providers.values():
        return (f"in the source environment {requirement} provides it",)
    if is_known(module, context.providers) or name != module.split(".", maxsplit=1)[0]:
        return (f"'{module}' is a module of {name}",)
    return ()


def in_project(module: str, root: Path | None) -> str | None:
    """Where the project has a module or package of the first name of ``module``, relative to its folder."""
    if root is None:
        return None
    top = module.split(".", maxsplit=1)[0]
    waiting = [(root, 0)]
    while waiting:
        folder, depth = waiting.pop(0)
        for entry in sorted(folder.iterdir()):
            if entry.name == f"{top}.py" or (entry.name == top and (entry / "__init__.py").is_file()):
                return entry.relative_to(root).as_posix()
            if depth < _DEEPEST and _may_hold_code(entry):
                waiting.append((entry, depth + 1))
    return None


def _may_hold_code(entry: Path) -> bool:
    skipped = entry.name.startswith(".") or entry.name in _NEVER_CODE
    return entry.is_dir() and not entry.is_symlink() and not skipped and not (entry / "pyvenv.cfg").exists()
