"""Unpacks the layers of an image into a folder, as an engine would (OCI image specification, layer.md)."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import StageError
from mpk_build.image import layout as layouts
from mpk_build.image.descriptors import blob_path
from mpk_build.image.tree import OPAQUE, WHITEOUT

if TYPE_CHECKING:
    from mpk_build.image.layout import Image

_MOST_LINKS = 40  # as the kernel's ELOOP
_OWNER_WRITES = 0o700


def unpack(layout: Path, root: Path) -> Image:
    """Unpack the image of a layout into the empty folder ``root``; all is ours then; devices are left out.

    Nothing is written outside of ``root``, whatever the layers say: links are followed as if ``root`` were
    ``/``.

    Raises:
        StageError: The layout is damaged.
    """
    image = layouts.read(layout)
    root.mkdir(parents=True, exist_ok=True)
    for layer in image.manifest["layers"]:
        try:
            with tarfile.open(blob_path(layout, layer["digest"]), mode="r:*") as tar:
                for member in tar:
                    _unpack(tar, member, root)
        except (tarfile.TarError, EOFError) as error:
            raise StageError(f"Layer {layer['digest']} can't be unpacked: {error}.") from error
    return image


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> None:
    path = PurePosixPath("/", member.name)
    parent = inside(root, path.parent)
    parent.mkdir(parents=True, exist_ok=True)
    target = parent / path.name
    if path.name == OPAQUE:
        for child in parent.iterdir():
            _remove(child)
    elif path.name.startswith(WHITEOUT):
        _remove(parent / path.name.removeprefix(WHITEOUT))
    elif member.isdir():
        if target.is_symlink() or not target.is_dir():
            _remove(target)
            target.mkdir()
        target.chmod(member.mode | _OWNER_WRITES)
    elif member.issym():
        _remove(target)
        target.symlink_to(member.linkname)
    elif member.islnk():
        _remove(target)
        os.link(
            inside(root, PurePosixPath("/", member.linkname).parent) / PurePosixPath(member.linkname).name,
            target,
        )
    elif member.isfile():
        _remove(target)
        _write(tar, member, target)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    source = tar.extractfile(member)
    if source is None:
        return
    with target.open("xb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
    target.chmod(member.mode & 0o777)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def inside(root: Path, path: PurePosixPath) -> Path:
    """Where a path of the image is below ``root``, every link in it followed within ``root``.

    Raises:
        StageError: Its links go round in a circle.
    """
    left, done, followed = list(path.parts[1:]), PurePosixPath(), 0
    while left:
        part = left.pop(0)
        if part == "..":
            done = done.parent
            continue
        here = root / done / part
        if not here.is_symlink():
            done /= part
            continue
        followed += 1
        if followed > _MOST_LINKS:
            raise StageError(f"The links of {path} in the image go round in a circle.")
        target = PurePosixPath(here.readlink())
        left[:0] = target.parts[1:] if target.is_absolute() else target.parts
        done = PurePosixPath() if target.is_absolute() else done
    return root / done
