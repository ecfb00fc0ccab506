"""Bytecode for the Python files of a layer, made by the interpreter that will read it."""

from __future__ import annotations

import json
import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from mpk_build.foundation import processes, resources
from mpk_build.foundation.errors import MachineError
from mpk_build.image.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mpk_build.image.interpreter import Interpreter

_SCRIPT = ("mpk_runtime", "bytecode.py")
_TIMEOUT_S = 1200.0


def script() -> Path:
    """The script that does it, which is part of what the bytecode follows from."""
    return resources.runtime_folder().joinpath(*_SCRIPT)


def bytecode(entries: Sequence[Entry], at: str, interpreter: Interpreter, scratch: Path) -> list[Entry]:
    """The bytecode of the Python files below the image's folder ``at``; its files lie in ``scratch``.

    Files that are not valid Python have none.

    Raises:
        MachineError: The interpreter can't be run, or ran out of something.
    """
    made: dict[str, Path] = {}
    groups: dict[tuple[str, ...], list[tuple[str, str, str]]] = {}
    for entry in sorted(entries, key=lambda one: one.path):
        path = PurePosixPath(entry.path)
        if path.suffix != ".py" or entry.source is None or not path.is_relative_to(at):
            continue
        target = path.parent / "__pycache__" / f"{path.stem}.{interpreter.cache_tag}.pyc"
        made[str(target)] = scratch / target
        file = (str(entry.source), f"/{path}", str(scratch / target))
        groups.setdefault(_group(path.relative_to(at)), []).append(file)
    _compile(list(groups.values()), interpreter)
    return [Entry(path, source=file) for path, file in made.items() if file.exists()]


def _group(path: PurePosixPath) -> tuple[str, ...]:
    # A subpackage at a time keeps every processor busy; a process for each file would cost more than it
    # gains.
    return path.parent.parts[:2] or path.parts


def _compile(groups: list[list[tuple[str, str, str]]], interpreter: Interpreter) -> None:
    if not groups:
        return
    # The largest first, so that no processor is left with a large one alone at the end.
    request = {"jobs": os.cpu_count() or 1, "groups": sorted(groups, key=len, reverse=True)}
    done = processes.run(
        [str(interpreter.executable), "-S", "-s", "-B", str(script())],
        env={"PYTHONHASHSEED": "0"},
        stdin=json.dumps(request).encode(),
        timeout_s=_TIMEOUT_S,
    )
    if done.returncode:
        why = done.stderr.strip() or f"exit code {done.returncode}"
        raise MachineError(f"{interpreter.executable} can't compile the image's Python files: {why}")
