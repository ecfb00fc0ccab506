"""The environment of a package: as its lock says, or, where it has none, as what it declares comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.environment.foreign import locking
from mpk_build.environment.interpreters import Interpreters
from mpk_build.foundation.notes import note

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.package.reading import Package


@dataclass(frozen=True)
class Environment:
    """What a package is loaded in.

    Attributes:
        interpreter: Its Python.
        lock: The text of its lock.
        requirements: What a lock was resolved from; None for that of the package.
        told: What a person should know of it.
    """

    interpreter: Interpreter
    lock: str
    requirements: tuple[str, ...] | None = None
    told: tuple[str, ...] = ()


def environment(package: Package, caches: Path) -> Environment:
    """The environment of a package; what a person should know of it is said.

    Raises:
        MachineError: This machine does not have its Python, or no index could be reached.
        StageError: What it declares has no solution.
        UsageError: What it declares can't be read.
    """
    interpreters = Interpreters(caches / "interpreters.json")
    if package.has_lock:
        minor = ".".join(package.python.split(".")[:2])
        return Environment(interpreters.find(minor), package.lock.read_text())
    found = without_lock(package, interpreters, caches)
    note("; ".join(found.told))
    return found


def without_lock(package: Package, interpreters: Interpreters, caches: Path) -> Environment:
    """The environment of a package that has no lock; raises as `environment` does."""
    python, source = locking.python_of(package)
    if python is None:
        interpreter = interpreters.own()
        told = [f"Python {interpreter.version} is taken, for it does not say with which it was made"]
    else:
        interpreter = interpreters.find(".".join(python.split(".")[:2]))
        other_patch = python.count(".") > 1 and interpreter.version != python
        told = [f"Python {interpreter.version} is taken for {python}"] if other_patch else []
    locked = locking.lock(package, interpreter.minor, caches)
    first = f"{package.root} has no lock: its environment is resolved from {source}"
    return Environment(interpreter, locked.text, locked.requirements, (first, *told, *locked.told))
