"""The content-addressed store: what stages made, by the digest of its bytes.

A blob is written under a temporary name, synced and renamed, so at any moment it is whole or absent; what is taken
out is verified, and what is found broken is put aside and counts as absent. Layout below the root:
``blobs/<2>/<62>``, ``actions/``, ``caches/``, ``logs/``, ``locks/``, ``projects/``, ``work/``, ``broken/``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mpk_build.foundation import digests
from mpk_build.foundation.documents import canonical, read_json, write_whole
from mpk_build.foundation.errors import MachineError, StageError
from mpk_build.store.stat_cache import StatCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

CACHE_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is the store of mpk; mpk cache clear empties it.\n"
)
_ABANDONED_AFTER_S = 2 * 24 * 3600
_LINKED_FROM_BYTES = 8 * 2**20


def remove_abandoned(folders: Iterable[Path]) -> None:
    """Remove those of some temporary folders that a build left long ago, when it was killed."""
    for folder in folders:
        with contextlib.suppress(OSError):
            if folder.stat().st_mtime < time.time() - _ABANDONED_AFTER_S:
                shutil.rmtree(folder, ignore_errors=True)


class BrokenObjectError(Exception):
    """A blob is absent, or its bytes are not those of its digest."""


@dataclass(frozen=True)
class StoredObject:
    """A file or folder in the store; ``digest`` of a folder is that of its listing, itself a blob."""

    kind: Literal["file", "folder"]
    digest: str

    def as_document(self) -> dict[str, str]:
        """Its JSON form."""
        return {"kind": self.kind, "digest": self.digest}


class Store:
    """The store below one root folder; safe for several builds at once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True)
            if not (root / "CACHEDIR.TAG").exists():
                write_whole(root / "CACHEDIR.TAG", CACHE_TAG.encode())
        except OSError as error:
            raise MachineError(
                f"the store {root} can't be written: {error.strerror}", hint="set MPK_CACHE to a folder that can"
            ) from None
        self.stats = StatCache(root / "stats.json")

    def folder(self, name: str) -> Path:
        """A folder of the store, made if need be."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    @contextlib.contextmanager
    def work_folder(self, name: str) -> Iterator[Path]:
        """A new empty folder on the store's file system, gone when the block ends."""
        work = self.folder("work")
        remove_abandoned(work.iterdir())
        path = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=work))
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def put(self, path: Path) -> StoredObject:
        """Move a file or folder into the store; ``path`` is gone afterwards, or no longer whole.

        Raises:
            StageError: It holds a link or a special file, which have no place in an output.
        """
        if path.is_symlink():
            raise StageError(f"the output {path.name} is a link; expected a file or a folder")
        if path.is_file():
            return StoredObject("file", self._put_file(path))
        if not path.is_dir():
            raise StageError(f"the output {path.name} is a special file; expected a file or a folder")
        listing = []
        for folder, subfolders, files in os.walk(path):
            subfolders.sort()
            for name in [*subfolders, *files]:
                kind = _kind_of(Path(folder) / name)
                if kind is not None:
                    raise StageError(f"the output {path.name} holds a {kind}: {name}; expected files and folders")
            for name in sorted(files):
                file = Path(folder) / name
                executable, size = digests.is_executable(file), file.stat().st_size
                listing.append([file.relative_to(path).as_posix(), self._put_file(file), executable, size])
        return StoredObject("folder", self._put_bytes(canonical(sorted(listing))))

    def holds(self, stored: StoredObject) -> bool:
        """Whether all blobs of an object are there; their bytes are verified when they are taken out."""
        try:
            return all(self._blob(row[1]).is_file() for row in self._rows(stored))
        except BrokenObjectError:
            return False

    def size(self, stored: StoredObject) -> int:
        """The size of an object in bytes.

        Raises:
            BrokenObjectError: A blob is absent or broken.
        """
        return sum(self._blob(row[1]).stat().st_size for row in self._rows(stored))

    def take(self, stored: StoredObject, target: Path) -> None:
        """Lay an object out at ``target``, which must not exist yet; large files are hard links to the store.

        Raises:
            BrokenObjectError: A blob is absent or broken; it has been put aside.
        """
        if stored.kind == "file":
            self._take_file(stored.digest, target, executable=False)
            return
        target.mkdir(parents=True)
        for relative, digest, executable, _size in self._rows(stored):
            self._take_file(digest, target / relative, executable=executable)

    def matches(self, stored: StoredObject, path: Path) -> bool:
        """Whether what lies at ``path`` is this object, byte by byte, and as executable."""
        if stored.kind == "file":
            return path.is_file() and self.stats.digest(path) == stored.digest
        if not path.is_dir():
            return False
        found = {
            (Path(folder) / name).relative_to(path).as_posix(): Path(folder) / name
            for folder, _, files in os.walk(path)
            for name in files
        }
        try:
            rows = self._rows(stored)
        except BrokenObjectError:
            return False
        return found.keys() == {row[0] for row in rows} and all(
            self.stats.digest(found[row[0]]) == row[1] and digests.is_executable(found[row[0]]) == row[2]
            for row in rows
        )

    def _rows(self, stored: StoredObject) -> list[list[Any]]:
        if stored.kind == "file":
            return [["", stored.digest, False, 0]]
        blob = self._blob(stored.digest)
        try:
            data = blob.read_bytes()
        except OSError:
            raise BrokenObjectError(stored.digest) from None
        if digests.of_bytes(data) != stored.digest:
            self._put_aside(blob)
            raise BrokenObjectError(stored.digest)
        rows: list[list[Any]] = read_json(blob)
        return rows

    def _blob(self, digest: str) -> Path:
        hexadecimal = digest.removeprefix("sha256:")
        return self.root / "blobs" / hexadecimal[:2] / hexadecimal[2:]

    def _put_file(self, path: Path) -> str:
        digest = digests.of_file(path)
        blob = self._blob(digest)
        if self._is_sound(blob, digest):
            path.unlink()
            return digest
        blob.parent.mkdir(parents=True, exist_ok=True)
        with path.open("rb") as file:
            os.fsync(file.fileno())
        path.chmod(0o444)
        path.replace(blob)
        return digest

    def _put_bytes(self, data: bytes) -> str:
        digest = digests.of_bytes(data)
        write_whole(self._blob(digest), data, sync=True)
        return digest

    def _take_file(self, digest: str, target: Path, *, executable: bool) -> None:
        blob = self._blob(digest)
        if not self._is_sound(blob, digest):
            raise BrokenObjectError(digest)
        target.parent.mkdir(parents=True, exist_ok=True)
        if blob.stat().st_size >= _LINKED_FROM_BYTES and not executable:
            with contextlib.suppress(OSError):
                os.link(blob, target)
                return
        shutil.copyfile(blob, target)
        target.chmod(0o755 if executable else 0o644)

    def _is_sound(self, blob: Path, digest: str) -> bool:
        try:
            found = self.stats.digest(blob)
        except OSError:
            return False
        if found != digest:
            self._put_aside(blob)
        return found == digest

    def _put_aside(self, blob: Path) -> None:
        with contextlib.suppress(OSError):
            blob.replace(self.folder("broken") / f"{blob.parent.name}{blob.name}")


def _kind_of(path: Path) -> str | None:
    if path.is_symlink():
        return "link"
    return None if path.is_file() or path.is_dir() else "special file"
