"""What of a build this machine can do."""

from __future__ import annotations

import importlib.util
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mpk_build.environment import uv
from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.sandbox.ladder import Ladder, Wish
from mpk_build.foundation import processes
from mpk_build.foundation.errors import MachineError
from mpk_build.image import engine

if TYPE_CHECKING:
    from collections.abc import Iterator

_MODELS_PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
State = Literal["ok", "absent", "missing"]


@dataclass(frozen=True)
class Check:
    """One thing that builds use.

    Attributes:
        name: What it is.
        state: ``ok``; ``absent``: some builds need it; ``missing``: every build does.
        detail: What was found, or what needs it.
        hint: What to type, or None.
    """

    name: str
    state: State
    detail: str
    hint: str | None = None


def check(root: Path) -> list[Check]:
    """Look at this machine; ``root`` is where the store is, or will be."""
    own = Check("mpk", "ok", f"runs on Python {platform.python_version()}, {platform.machine()}")
    return [own, _store(root), *_after_store(root)]


def _store(root: Path) -> Check:
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            return Check("store", "ok", str(root))
    except OSError as error:
        detail = f"{root} can't be written: {error.strerror}"
        return Check("store", "missing", detail, "set MPK_CACHE to a folder that can")


def _after_store(root: Path) -> Iterator[Check]:
    with tempfile.TemporaryDirectory() as scratch:
        # What is found out is remembered for builds where that is possible.
        memory = root / "caches" if (root / "caches").is_dir() else Path(scratch)
        interpreters = Interpreters(memory / "interpreters.json")
        yield _uv()
        yield _pythons(interpreters)
        yield _sandbox(interpreters, memory)
        yield _engine()
        yield _conda()


def _uv() -> Check:
    try:
        version = processes.run([uv.binary(), "--version"]).stdout.split()[1]
    except (MachineError, OSError, IndexError):
        return Check("uv", "missing", "mpk is installed without it", "pip install --force-reinstall mpk-build")
    return Check("uv", "ok", version)


def _pythons(interpreters: Interpreters) -> Check:
    found, lacking = [], []
    for version in _MODELS_PYTHONS:
        try:
            found.append(interpreters.find(version).version)
        except (MachineError, OSError):
            lacking.append(version)
    return Check(
        "pythons",
        "ok" if found else "missing",
        ", ".join(found) + (f"; not {', '.join(lacking)}" if lacking else ""),
        f"uv python install {lacking[-1]}" if lacking else None,
    )


def _sandbox(interpreters: Interpreters, memory: Path) -> Check:
    ladder = Ladder(Wish(), interpreters.inspect(Path(sys.executable)), memory / "sandbox.json")
    if ladder.level == "none":
        why = "; ".join(f"{level}: {reason}" for level, reason in ladder.refused.items())
        return Check("sandbox", "absent", f"validation is not shut in here ({why})", "apt-get install bubblewrap")
    return Check("sandbox", "ok", ladder.level)


def _engine() -> Check:
    found = engine.probe()
    if found["kind"] == "none":
        return Check("engine", "absent", "none answers; the smoke test runs without a container", "start Docker")
    return Check("engine", "ok", f"{found['kind']} {found['version']}")


def _conda() -> Check:
    if importlib.util.find_spec("rattler") is None:
        return Check("conda", "absent", "validate: {manager: conda} needs py-rattler", "pip install 'mpk-build[conda]'")
    from importlib.metadata import version

    return Check("conda", "ok", f"py-rattler {version('py-rattler')}")
