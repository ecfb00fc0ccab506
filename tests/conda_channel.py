"""A conda channel in a folder, and packages to put there: one of a Python that is on this machine among them."""

from __future__ import annotations

import asyncio
import bz2
import hashlib
import io
import json
import struct
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_BLOCK = 128 * 1024
# Of the standard library: what no model of a test needs.
_NOT_NEEDED = {
    "test",
    "tests",
    "idlelib",
    "lib2to3",
    "tkinter",
    "turtledemo",
    "ensurepip",
    "__pycache__",
    "site-packages",
}


def write_package(  # noqa: PLR0913 - what a package consists of
    channel: Path,
    name: str,
    version: str,
    files: Mapping[str, bytes | Path],
    *,
    depends: Sequence[str] = (),
    subdir: str = "noarch",
    noarch: str | None = "generic",
) -> Path:
    """Write a package; the value of a file is its content, or a link to that path.

    One that is for any platform is of the older form, ``.tar.bz2``, others are ``.conda``. Source of the formats: https://docs.conda.io/projects/conda-build/en/stable/resources/package-spec.html.
    """
    index: dict[str, Any] = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": [*depends]}
    index |= {"subdir": subdir, **({"noarch": noarch} if noarch else {})}
    paths = [
        {"_path": path, "path_type": "softlink"}
        if isinstance(content, Path)
        else {
            "_path": path,
            "path_type": "hardlink",
            "sha256": hashlib.sha256(content).hexdigest(),
            "size_in_bytes": len(content),
        }
        for path, content in files.items()
    ]
    about = {
        "info/index.json": json.dumps(index).encode(),
        "info/paths.json": json.dumps({"paths": paths, "paths_version": 1}).encode(),
        "info/files": "".join(f"{path}\n" for path in files).encode(),
    }
    folder = channel / subdir
    folder.mkdir(parents=True, exist_ok=True)
    (channel / "noarch").mkdir(exist_ok=True)
    stem = f"{name}-{version}-0"
    if subdir == "noarch":
        target = folder / f"{stem}.tar.bz2"
        target.write_bytes(bz2.compress(_tar({**about, **files}), 1))
        return target
    target = folder / f"{stem}.conda"
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("metadata.json", json.dumps({"conda_pkg_format_version": 2}))
        archive.writestr(f"pkg-{stem}.tar.zst", _zstandard(_tar(files)))
        archive.writestr(f"info-{stem}.tar.zst", _zstandard(_tar(about)))
    return target


def _tar(files: Mapping[str, bytes | Path]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as archive:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.mode = 0o755 if path.startswith("bin/") else 0o644
            if isinstance(content, Path):
                entry.type, entry.linkname = tarfile.SYMTYPE, str(content)
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return whole.getvalue()


def _zstandard(data: bytes) -> bytes:
    """A Zstandard frame of blocks that are not compressed, which takes no library (RFC 8878, section 3.1.1)."""
    frame = [bytes.fromhex("28b52ffd"), bytes([0b1100_0000, 7 << 3]), struct.pack("<Q", len(data))]
    for first in range(0, len(data), _BLOCK):
        block = data[first : first + _BLOCK]
        last = first + _BLOCK >= len(data)
        frame += [(len(block) << 3 | last).to_bytes(3, "little"), block]
    return b"".join(frame)


def write_python(channel: Path) -> str:
    """Write a package of the Python that runs the tests, made to find itself wherever it lies; returns its version."""
    minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
    version = f"{minor}.{sys.version_info[2]}"
    files: dict[str, bytes | Path] = dict(_python_files(Path(sys.base_prefix), f"python{minor}"))
    files |= {"bin/python": Path(f"python{minor}"), "bin/python3": Path(f"python{minor}")}
    write_package(channel, "python", version, files, subdir="linux-64", noarch=None)
    return version


def index(channel: Path) -> str:
    """Write the channel's repodata, and return its address."""
    import rattler.index

    asyncio.run(rattler.index.index_fs(channel, write_zst=False, write_shards=False, force=True))
    return channel.as_uri()


def _python_files(prefix: Path, name: str) -> Iterator[tuple[str, bytes]]:
    library = prefix / "lib"
    programs = [prefix / "bin" / name, *library.glob(f"lib{name}*.so*")]
    for file in programs:
        if not file.is_symlink():
            # Where the program looks for its shared library: from now on, beside itself.
            here = str(library).encode()
            data = file.read_bytes().replace(here + b"\0", b"$ORIGIN/../lib".ljust(len(here), b"\0") + b"\0")
            yield file.relative_to(prefix).as_posix(), data
    for file in sorted((library / name).rglob("*")):
        if file.is_file() and not _NOT_NEEDED & set(file.relative_to(library).parts) and file.suffix != ".a":
            yield file.relative_to(prefix).as_posix(), file.read_bytes()
