"""One kept environment: where it is, what it was when it was made, and whether it still is that.

Beside the environment's folder, in the folder of all environments, lie

- ``<name>.json``: the mark, which makes it one that can be used; the time of this file is that of the last use;
- ``<name>.files.json``: what the file system told of each file, and the digest of its content;
- ``<name>.lock``: held while it is made or mended;
- ``<folder>.use``: held by who uses it.

What this proves: nothing that writes into the environment as a program does goes unnoticed, be it a changed file, a new
one, or bytecode. A program that is out to deceive and runs as the same user could write a seal of its own; only a
sandbox keeps that away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.environment.keeping import compiling, holding, record, tree
from mpk_build.foundation.documents import canonical, read_json, write_whole
from mpk_build.foundation.notes import note

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter

_MOST_MODELS = 20
_MOST_FOLDERS = 1000
_ABANDONED_AFTER_S = 3600


@dataclass(frozen=True)
class Kept:
    """The place of one environment among others.

    Attributes:
        environments: The folder of all.
        name: What its content is known by.
        interpreter: The Python that it is made with.
    """

    environments: Path
    name: str
    interpreter: Interpreter

    @property
    def lock(self) -> Path:
        """Held by who makes or mends it."""
        return self.environments / f"{self.name}.lock"

    @property
    def mark(self) -> Path:
        """What makes it one that can be used."""
        return self.environments / f"{self.name}.json"

    @property
    def _files(self) -> Path:
        return self.environments / f"{self.name}.files.json"

    def unchanged(self) -> Path | None:
        """Its folder, now in use by this process, if it is there and every file is as it was; a stat for each file."""
        mark = self._read()
        folder = self._usable(mark)
        if folder is None or mark is None:
            return None
        with contextlib.suppress(OSError):
            if tree.fingerprint(tree.rows_of(folder)) == mark["fingerprint"]:
                return folder
        return None

    def mended(self) -> Path | None:
        """Its folder if every file that was sealed has its content; what was added is taken away.

        Of bytecode that was added the sources are compiled. To be called while `lock` is held.
        """
        mark = self._read()
        folder = self._usable(mark)
        try:
            sealed = read_json(self._files)
            before: dict[str, tree.Row] = {path: (*row,) for path, row in sealed["rows"].items()}
            rows = tree.rows_of(folder) if folder is not None else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if folder is None or mark is None:
            return None
        altered = _altered(folder, before, rows, sealed["digests"])
        if altered:
            note(
                f"the environment {folder} was changed after it was made ({record.some(altered)}), so it is made again"
            )
            return None
        added = rows.keys() - before.keys()
        wanted = {source for path in added if (source := self._compiled_from(path, before))}
        foreign = sorted(path for path in added if compiling.CACHE not in path.split("/"))
        if foreign:
            note(f"the environment {folder} had files that nothing installed ({record.some(foreign)}); they are gone")
        _remove(folder, added)
        seen = tree.Snapshot({path: rows[path] for path in before}, sealed["digests"])
        return folder if self._seal(folder, mark, seen, wanted) else None

    def free_folder(self) -> Path:
        """A folder to make it in, empty and in use by this process; one that others still use is left to them.

        So is what a killed build left a moment ago: the installer that it started may go on writing there.
        """
        for number in range(1, _MOST_FOLDERS):
            folder = self.environments / (self.name if number == 1 else f"{self.name}-{number}")
            holding.release(use_of(folder))
            with holding.alone(use_of(folder)) as nobody:
                if not nobody or (folder != self._named() and _may_be_written(folder)):
                    continue
                if folder == self._named():
                    self.mark.unlink(missing_ok=True)
                shutil.rmtree(folder, ignore_errors=True)
            holding.hold(use_of(folder))
            return folder
        raise OSError(f"{self.environments} holds {_MOST_FOLDERS} environments of one lock that are all in use")

    def seal(self, folder: Path, described: dict[str, Any], installed: tree.Snapshot, sources: Collection[str]) -> Path:
        """Keep what was made as what it is from now on; returns its folder.

        Args:
            folder: Where it was made.
            described: What is told of it: ``manager``, ``python``, ``packages``.
            installed: All its files.
            sources: Files whose bytecode is made right away.
        """
        known = {path for path in sources if path in installed.digests}
        self._seal(folder, {**described, "folder": folder.name, "models": []}, installed, known)
        return folder

    def compile_too(self, folder: Path, sources: Collection[str]) -> None:
        """Make the bytecode of files that have none yet; as it is seen read only, a model's process leaves none.

        To be called while `lock` is held, of what is `unchanged`.
        """
        mark, sealed = self._read(), read_json(self._files)
        lacking = {source for source in self.lacking(folder, sources) if source in sealed["rows"]}
        if mark is not None and lacking:
            rows: dict[str, tree.Row] = {path: (*row,) for path, row in sealed["rows"].items()}
            self._seal(folder, mark, tree.Snapshot(rows, sealed["digests"]), lacking)

    def lacking(self, folder: Path, sources: Collection[str]) -> set[str]:
        """Those files below its folder that are there and have no bytecode."""
        made = {source: folder / compiling.bytecode_of(source, self.interpreter) for source in sources}
        return {source for source, file in made.items() if not file.exists() and (folder / source).is_file()}

    def used_for(self, model: str) -> None:
        """Remember when it was used, and for which model; a store that can't be written is no reason to fail."""
        mark = self._read()
        with contextlib.suppress(OSError):
            if mark is not None and model and model not in mark["models"]:
                models = [*mark["models"], model][-_MOST_MODELS:]
                write_whole(self.mark, canonical({**mark, "models": models}))
            os.utime(self.mark)

    def _seal(self, folder: Path, mark: dict[str, Any], seen: tree.Snapshot, sources: Collection[str]) -> bool:
        made = compiling.compile_sources(folder, sources, self.interpreter)
        compiled = tree.snapshot(folder, without=seen.rows)
        if any(compiled.digests.get(path) != digest for path, digest in made.items()):
            return False
        rows = {**seen.rows, **compiled.rows}
        size = sum(row[0] for row in rows.values())
        write_whole(self._files, canonical({"rows": rows, "digests": {**seen.digests, **compiled.digests}}))
        write_whole(self.mark, canonical({**mark, "fingerprint": tree.fingerprint(rows), "bytes": size}))
        return True

    def _read(self) -> dict[str, Any] | None:
        try:
            mark: dict[str, Any] = read_json(self.mark)
            return mark if isinstance(mark["folder"], str) and isinstance(mark["models"], list) else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _named(self) -> Path | None:
        mark = self._read()
        return None if mark is None else self.environments / mark["folder"]

    def _usable(self, mark: dict[str, Any] | None) -> Path | None:
        if mark is None:
            return None
        folder: Path = self.environments / mark["folder"]
        holding.hold(use_of(folder))
        if (folder / "bin" / "python").exists():
            return folder
        holding.release(use_of(folder))
        return None

    def _compiled_from(self, path: str, sealed: dict[str, tree.Row]) -> str | None:
        source = compiling.source_of(path, self.interpreter)
        return source if source in sealed else None


def _may_be_written(folder: Path) -> bool:
    try:
        return folder.stat().st_mtime > time.time() - _ABANDONED_AFTER_S
    except OSError:
        return False


def use_of(folder: Path) -> Path:
    """The lock that who uses an environment holds."""
    return folder.parent / f"{folder.name}.use"


def _altered(
    folder: Path, before: dict[str, tree.Row], rows: dict[str, tree.Row], digests: dict[str, str]
) -> list[str]:
    missing = [path for path in before if path not in rows]
    looked = [path for path in before if path in rows and rows[path] != before[path]]
    other_mode = [path for path in looked if rows[path][4] != before[path][4]]
    found = tree.contents(folder, looked, rows)
    changed = [path for path in looked if found.get(path) != digests.get(path)]
    return sorted({*missing, *other_mode, *changed})


def _remove(folder: Path, added: Iterable[str]) -> None:
    for path in sorted(added):
        whole = folder / path
        if whole.is_dir() and not whole.is_symlink():
            shutil.rmtree(whole, ignore_errors=True)
        else:
            whole.unlink(missing_ok=True)
