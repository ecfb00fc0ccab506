"""Packages that came from elsewhere: kept by the digest of their content, and fetched again only where that is another.

Below the folder of caches: ``models/content/<digest>/`` holds a package, ``models/known/<name>.json`` says which one a
URI had, what its source said of itself then (``state``), and the size, time and digest of each file.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mpk_build.foundation import digests
from mpk_build.foundation.documents import canonical, write_whole
from mpk_build.foundation.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Source(Protocol):
    """Where a package lies.

    Attributes:
        name: What tells it from others: no secret is in it.
        never_changes: Whether its name stands for the same bytes for ever, so that nobody has to be asked.
        outlives: Whether what is kept may be used where its place can't be reached.
    """

    name: str
    never_changes: bool
    outlives: bool

    def state(self) -> Any:
        """A JSON value that is another when the content is; None where its place does not tell.

        Raises:
            MachineError: Its place can't be reached.
            UsageError: There is no such package, or it is not for this user.
        """

    def download(self, folder: Path) -> None:
        """Put the package's files into an empty folder; raises as `state` does."""


@dataclass(frozen=True)
class _Known:
    state: Any
    digest: str
    files: dict[str, list[Any]]


def folder_of(source: Source, caches: Path) -> Path:
    """The folder that holds the package of a source, fetched if need be.

    Raises:
        MachineError: Its place can't be reached.
        UsageError: There is no such package.
    """
    from filelock import FileLock

    root = caches / "models"
    record = root / "known" / f"{digests.of_bytes(source.name.encode())[7:39]}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(record.with_suffix(".lock")):
        known = _read(record, root)
        if known is not None and source.never_changes:
            return root / "content" / known.digest
        try:
            state = source.state()
        except MachineError:
            if known is None or not source.outlives:
                raise
            return root / "content" / known.digest
        if known is not None and state is not None and state == known.state:
            return root / "content" / known.digest
        return _fetched(source, state, root, record)


def _fetched(source: Source, state: Any, root: Path, record: Path) -> Path:
    from filelock import FileLock

    content = root / "content"
    content.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching-", dir=root) as temporary:
        new = Path(temporary, "model")
        new.mkdir()
        source.download(new)
        listed = {file.relative_to(new).as_posix(): digests.of_file(file) for file in _files(new)}
        digest = digests.of_value(listed).removeprefix("sha256:")
        target = content / digest
        # Another URI of the same bytes may be fetched at this moment.
        with FileLock(root / "known" / f"content-{digest[:32]}.lock"):
            _keep(new, target, listed)
    files = {name: [*_status(target / name), whole] for name, whole in listed.items()}
    write_whole(record, canonical({"uri": source.name, "state": state, "digest": digest, "files": files}))
    return target


def _keep(new: Path, target: Path, listed: dict[str, str]) -> None:
    if not target.is_dir():
        new.replace(target)
        return
    # Another URI has the same bytes, or this is one whose files somebody has changed.
    for name, whole in listed.items():
        if not (target / name).is_file() or digests.of_file(target / name) != whole:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).replace(target / name)


def _read(record: Path, root: Path) -> _Known | None:
    """What is known of a URI, if what is kept of it is whole: a file that was touched is read again."""
    try:
        data = json.loads(record.read_bytes())
        known = _Known(data["state"], data["digest"], data["files"])
        folder = root / "content" / known.digest
        for name, (size, moment, digest) in known.files.items():
            if _status(folder / name) != [size, moment] and digests.of_file(folder / name) != digest:
                return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return known


def _status(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _files(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):
        folders.sort()
        for name in sorted(files):
            yield Path(at, name)


def target_below(folder: Path, name: str, where: str) -> Path:
    """Where a file of a listing belongs below a folder; its own folder is made.

    Raises:
        MachineError: The name leads out of the folder, as no store of models gives one.
    """
    parts = name.split("/")
    if not name or any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in parts):
        raise MachineError(f"{where} lists a file with the name '{name}', which leads out of the model; left alone")
    target = folder.joinpath(*parts)
    target.parent.mkdir(parents=True, exist_ok=True)
    return target
