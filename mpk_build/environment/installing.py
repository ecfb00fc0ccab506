"""Environments from locks, hashes always required: kept by content and used again, or laid out flat for an image."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.environment import lockfile, uv
from mpk_build.environment.keeping import record, tree
from mpk_build.environment.keeping.kept import Kept
from mpk_build.environment.making import MAKERS
from mpk_build.foundation import digests
from mpk_build.foundation.errors import MachineError
from mpk_build.foundation.notes import note

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter


@dataclass(frozen=True)
class Wanted:
    """How an environment is made, and what for.

    Attributes:
        manager: What makes it; a name of `MAKERS`.
        model: The model that it is for, to be told by ``mpk cache list``.
        modules: Files below its ``site-packages`` that will be imported: their bytecode is made before they are.
    """

    manager: str = "uv"
    model: str = ""
    modules: tuple[str, ...] = ()


def ensure_environment(lock: str, interpreter: Interpreter, environments: Path, wanted: Wanted | None = None) -> Path:
    """The Python of an environment that holds exactly what a lock says; made once, and in use until this process ends.

    One that is not as it was made is mended or made again, which is said.

    Args:
        lock: The text of the lock.
        interpreter: The Python that it is made with.
        environments: The folder that keeps environments.
        wanted: How, and what for; default: by uv, for nobody in particular.

    Raises:
        StageError: A package can't be installed, or its hash is another.
        MachineError: An index could not be reached.
    """
    wanted = wanted or Wanted()
    kept = Kept(environments, _name(lock, interpreter, wanted.manager), interpreter)
    folder = kept.unchanged() or _mended_or_made(kept, lock, wanted)
    sources = _below_site(kept, wanted)
    if kept.lacking(folder, sources):
        folder = _compiled(kept, lock, wanted, sources)
    kept.used_for(wanted.model)
    return folder / "bin" / "python"


def _name(lock: str, interpreter: Interpreter, manager: str) -> str:
    parts = [lock, interpreter.identity, interpreter.base_prefix, manager]
    return digests.of_value(parts).removeprefix("sha256:")[:32]


def _mended_or_made(kept: Kept, lock: str, wanted: Wanted) -> Path:
    from filelock import FileLock

    kept.environments.mkdir(parents=True, exist_ok=True)
    with FileLock(kept.lock):
        return kept.unchanged() or kept.mended() or _made(kept, lock, wanted)


def _below_site(kept: Kept, wanted: Wanted) -> set[str]:
    return {f"lib/python{kept.interpreter.minor}/site-packages/{module}" for module in wanted.modules}


def _compiled(kept: Kept, lock: str, wanted: Wanted, sources: set[str]) -> Path:
    from filelock import FileLock

    with FileLock(kept.lock):
        folder = kept.unchanged() or kept.mended() or _made(kept, lock, wanted)
        kept.compile_too(folder, sources)
        return folder


def _made(kept: Kept, lock: str, wanted: Wanted) -> Path:
    folder = kept.free_folder()
    try:
        return _made_in(folder, kept, lock, wanted)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _made_in(folder: Path, kept: Kept, lock: str, wanted: Wanted) -> Path:
    installed, broken = _installed(folder, lock, kept.interpreter, wanted, fresh=False)
    if broken:
        found = f"the cache of {wanted.manager} has files that are not what their packages say ({record.some(broken)})"
        shutil.rmtree(folder)
        try:
            installed, broken = _installed(folder, lock, kept.interpreter, wanted, fresh=True)
        except MachineError as error:
            raise MachineError(f"{found}, and {error.message}", hint=MAKERS[wanted.manager].CLEAN) from None
        if not broken:
            note(f"{found}; the environment was made without it. To empty it: {MAKERS[wanted.manager].CLEAN}")
    described = {
        "manager": wanted.manager,
        "python": kept.interpreter.version,
        "packages": len(lockfile.parse(lock, "the lock").versions),
    }
    return kept.seal(folder, described, installed, _below_site(kept, wanted))


def _installed(
    folder: Path, lock: str, interpreter: Interpreter, wanted: Wanted, *, fresh: bool
) -> tuple[tree.Snapshot, list[str]]:
    maker = MAKERS[wanted.manager]
    maker.create(folder, interpreter, lock)
    empty = frozenset(tree.rows_of(folder))
    maker.install(lock, folder, interpreter, fresh=fresh)
    installed = tree.snapshot(folder)
    return installed, record.broken(folder, installed.digests, empty)


def install_tree(lock: Path, target: Path, interpreter: Path) -> None:
    """Install what a lock says into a flat folder, without bytecode, for an interpreter that need not be ours.

    Raises:
        StageError: A package can't be installed, or its hash is another.
        MachineError: An index could not be reached.
    """
    target.mkdir(parents=True, exist_ok=True)
    options = ["--python", str(interpreter), "--target", str(target), "--link-mode", "copy"]
    uv.sync(lock.read_text(), target, options)
