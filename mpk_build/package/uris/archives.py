"""A zip or tar file becomes a package: nothing in it gets out of its folder, and it can't fill the disk."""

from __future__ import annotations

import contextlib
import lzma
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mpk_build.foundation.errors import UsageError
from mpk_build.package.model import FILE

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_MOST_FILES = 100_000
# Weights hardly shrink at all, text to a tenth; a bomb is made to grow a thousandfold.
_LARGEST_GROWTH = 200
SMALL = 2**30
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)


def unpack(archive: Path, folder: Path, name: str) -> None:
    """Unpack a package, which lies in a folder of its own; ``name`` is what to call the archive in errors.

    The package is at the top of the archive, or in the one folder that is there.

    Raises:
        UsageError: It is no archive, it holds no package, or something that has no place in one.
    """
    inside = archive.parent / "unpacked"
    inside.mkdir()
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened, contextlib.closing(_of_zip(opened, name)) as files:
                _write(files, inside, archive, name)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tar, contextlib.closing(_of_tar(tar, name)) as files:
                _write(files, inside, archive, name)
        else:
            raise UsageError(f"{name} is no zip or tar archive; expected one with a package in it")
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise UsageError(f"{name} holds two files of one name: {Path(error.filename).name}") from None
    except _BROKEN as error:
        raise UsageError(f"{name} is a broken archive: {type(error).__name__}") from None
    tops = list(inside.iterdir())
    top = tops[0] if len(tops) == 1 and tops[0].is_dir() else inside
    if not (top / FILE).is_file():
        raise UsageError(f"{name} holds no model package: it has no file {FILE}, at its top or in its only folder")
    for entry in top.iterdir():
        entry.replace(folder / entry.name)


def _of_zip(opened: zipfile.ZipFile, name: str) -> Generator[tuple[str, IO[bytes]]]:
    for info in opened.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise UsageError(f"{name} holds a link or a special file: {info.filename}; expected files and folders")
        if not info.is_dir():
            with opened.open(info) as file:
                yield info.filename, file


def _of_tar(opened: tarfile.TarFile, name: str) -> Generator[tuple[str, IO[bytes]]]:
    for info in opened:
        file = opened.extractfile(info) if info.isreg() else None
        if file is not None:
            yield info.name.removeprefix("./"), file
        elif not info.isdir():
            raise UsageError(f"{name} holds a link or a special file: {info.name}; expected files and folders")


def _write(files: Iterator[tuple[str, IO[bytes]]], folder: Path, archive: Path, name: str) -> None:
    bound = max(SMALL, archive.stat().st_size * _LARGEST_GROWTH)
    written = 0
    for count, (path, file) in enumerate(files):
        parts = path.split("/")
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
            raise UsageError(f"{name} holds a file that leads out of it: {path}")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            while block := file.read(2**20):
                written += len(block)
                if written > bound or count >= _MOST_FILES:
                    raise UsageError(f"{name} unpacks to far more than a model; it looks like a bomb")
                out.write(block)
