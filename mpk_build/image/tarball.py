"""Packs the files of a layer into a gzip-compressed tar whose bytes depend on nothing but the files.

PAX tar (POSIX.1-2001) with sorted names, no times, owners or names of users; gzip without name and time (RFC
1952).
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import tempfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.image.entries import Entry, with_parents

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import IO

# Of one environment of 262 MB: level 1 makes 85 MB in 1.9 s, level 4 77 MB in 2.8 s, level 6 73 MB in 6.0 s.
LEVEL = 4
COMPRESSOR = {"name": "gzip", "library": f"zlib {zlib.ZLIB_RUNTIME_VERSION}", "level": LEVEL}
_GZIP_CONTAINER = 31  # zlib's window bits of 15, plus 16 for a gzip header with no name and no time
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Packed:
    """A layer's blob as it was written; sizes in bytes. ``diff_id`` is the digest before compression."""

    digest: str
    diff_id: str
    size: int
    uncompressed: int


class _Compressing(io.RawIOBase):
    """A sink that compresses and hashes what is written to it, both before and after, in one pass."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._plain = hashlib.sha256()
        self._packed = hashlib.sha256()
        self._compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, _GZIP_CONTAINER)
        self._read = self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self._plain.update(data)
        self._read += len(data)
        self._put(self._compressor.compress(data))
        return len(data)

    def _put(self, data: bytes) -> None:
        self._packed.update(data)
        self._written += len(data)
        self._file.write(data)

    def finish(self) -> Packed:
        """Flush what is left; what was written."""
        self._put(self._compressor.flush())
        return Packed(
            f"sha256:{self._packed.hexdigest()}",
            f"sha256:{self._plain.hexdigest()}",
            self._written,
            self._read,
        )


def pack(entries: Iterable[Entry], folder: Path) -> Packed:
    """Write a layer into ``folder`` under the hexadecimal digits of its digest.

    Raises:
        OSError: A file can't be read, or the folder can't be written, which then holds nothing new.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".layer.", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            sink = _Compressing(file)
            with tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT, bufsize=_CHUNK) as tar:
                for entry in with_parents(entries):
                    _add(tar, entry)
            packed = sink.finish()
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp gave a name, not a Path
        os.replace(temporary, folder / packed.digest.removeprefix("sha256:"))  # noqa: PTH105
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
    return packed


def _add(tar: tarfile.TarFile, entry: Entry) -> None:
    info = tarfile.TarInfo(entry.path)
    info.mode = entry.mode
    if entry.is_folder:
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
    elif entry.link is not None:
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, entry.link, 0o777
        tar.addfile(info)
    elif entry.data is not None:
        info.size = len(entry.data)
        tar.addfile(info, io.BytesIO(entry.data))
    else:
        assert entry.source is not None  # noqa: S101 - what is_folder leaves
        with entry.source.open("rb") as file:
            info.size = os.fstat(file.fileno()).st_size
            tar.addfile(info, file)
