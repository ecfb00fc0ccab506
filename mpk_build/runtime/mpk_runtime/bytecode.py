"""Compiles Python files to bytecode that is the same bytes wherever and whenever it is made.

Called as ``PYTHONHASHSEED=0 python -S -s -B bytecode.py`` with otherwise no environment, by the interpreter
that will read the bytecode. (Not with ``-I``: that ignores ``PYTHONHASHSEED``, which sets in constants need
before Python 3.11.) Standard input is JSON, ``{"jobs": 2, "groups": [[[source, final, target], ...], ...]}``:
each file of a group is read at ``source``, compiled as if it were at ``final``, and its bytecode written to
``target``. What is not valid Python is left out without a word: packages ship templates and code for other
versions.

What keeps the bytes equal: each group is compiled in a fresh fork of one and the same process state; marshal
marks an object as shared by its reference count, so every object of a code tree is held once more while it is
written; the header is an unchecked source hash (PEP 552) in place of a time.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import struct
import sys
import warnings
from pathlib import Path
from types import CodeType
from typing import Any, Iterable, Tuple

_File = Tuple[str, str, str]
_UNCHECKED_HASH = 1
_NOT_PYTHON = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError)


def compile_file(source: str, final: str, target: str) -> bool:
    """Write the bytecode of ``source`` to ``target``; False if it isn't Python."""
    text = Path(source).read_bytes()
    try:
        code = compile(text, final, "exec", dont_inherit=True, optimize=0)
        held = held_objects(code)
        body = marshal.dumps(code)
    except _NOT_PYTHON:
        return False
    del held
    header = importlib.util.MAGIC_NUMBER + struct.pack("<L", _UNCHECKED_HASH) + importlib.util.source_hash(text)
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    Path(target).write_bytes(header + body)
    return True


def held_objects(code: CodeType) -> list[Any]:
    """A reference to every object of a code tree, so that no reference count in it is one."""
    held: list[Any] = []
    waiting: list[Any] = [code]
    while waiting:
        value = waiting.pop()
        held.append(value)
        if isinstance(value, CodeType):
            waiting.extend(getattr(value, name) for name in dir(value) if _is_stored(name))
        elif isinstance(value, (tuple, frozenset)):
            waiting.extend(value)
    return held


def _is_stored(name: str) -> bool:
    # Since Python 3.10 co_lnotab is made on request, and since 3.12 asking for it warns.
    return name.startswith("co_") and (name != "co_lnotab" or sys.version_info < (3, 10))


def compile_groups(groups: Iterable[list[_File]], jobs: int) -> int:
    """Compile each group in a child of its own, ``jobs`` at a time; the number of children that failed."""
    running: set[int] = set()
    failed = 0
    for group in groups:
        while len(running) >= jobs:
            failed += _wait_for_one(running)
        child = os.fork()
        if not child:
            _compile_and_exit(group)
        running.add(child)
    while running:
        failed += _wait_for_one(running)
    return failed


def _compile_and_exit(group: list[_File]) -> None:
    try:
        for source, final, target in group:
            compile_file(source, final, target)
    except BaseException as error:  # noqa: BLE001 - nothing may leave a forked child but its exit code
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)
    os._exit(0)


def _wait_for_one(running: set[int]) -> int:
    pid, status = os.wait()
    running.discard(pid)
    return int(status != 0)


if __name__ == "__main__":
    # The folder of this script holds modules of mpk's, which must not be taken for those of the standard
    # library.
    sys.path.pop(0)
    warnings.simplefilter("ignore")
    request = json.loads(sys.stdin.buffer.read().decode("utf-8"))
    sys.exit(1 if compile_groups(request["groups"], request["jobs"]) else 0)
