"""Bytecode of a kept environment: made by mpk from the sources that are sealed, never taken from a model's process.

Python runs a ``.pyc`` without looking at whether it is what its source compiles to, so one that a model's process left
says only which source is worth compiling.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mpk_build.foundation import digests, processes, resources

if TYPE_CHECKING:
    from collections.abc import Collection

    from mpk_build.environment.interpreters import Interpreter

CACHE = "__pycache__"
SCRATCH = ".bytecode-"
"""What the name of a folder begins with in which bytecode is being made, beside the environments."""
_FILES_IN_A_GROUP = 25


def source_of(path: str, interpreter: Interpreter) -> str | None:
    """The source that a file would be the bytecode of, or None for anything else."""
    pure = PurePosixPath(path)
    ending = f".{_tag(interpreter)}.pyc"
    if pure.parent.name != CACHE or not pure.name.endswith(ending):
        return None
    return str(pure.parent.parent / f"{pure.name.removesuffix(ending)}.py")


def compile_sources(folder: Path, sources: Collection[str], interpreter: Interpreter) -> dict[str, str]:
    """Write the bytecode of some files below ``folder``; what can't be compiled has none, and is compiled at import.

    Returns the path and digest of each file that was written.
    """
    if not sources:
        return {}
    with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=folder.parent) as scratch:
        made = {source: Path(scratch, f"{number}.pyc") for number, source in enumerate(sorted(sources))}
        files = [(str(folder / source), str(folder / source), str(target)) for source, target in made.items()]
        groups = [files[first : first + _FILES_IN_A_GROUP] for first in range(0, len(files), _FILES_IN_A_GROUP)]
        processes.run(
            [interpreter.python, "-S", "-s", "-B", str(resources.runtime_folder() / "mpk_runtime" / "bytecode.py")],
            env={"PYTHONHASHSEED": "0"},
            stdin=json.dumps({"jobs": os.cpu_count() or 1, "groups": groups}).encode(),
        )
        written = {}
        for source, file in made.items():
            if file.is_file():
                target = bytecode_of(source, interpreter)
                written[target] = digests.of_file(file)
                (folder / target).parent.mkdir(exist_ok=True)
                file.replace(folder / target)
        return written


def bytecode_of(source: str, interpreter: Interpreter) -> str:
    """Where the bytecode of a source lies."""
    pure = PurePosixPath(source)
    return str(pure.parent / CACHE / f"{pure.stem}.{_tag(interpreter)}.pyc")


def _tag(interpreter: Interpreter) -> str:
    return f"{interpreter.implementation}-{interpreter.minor.replace('.', '')}"
