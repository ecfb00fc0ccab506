"""The files of an image's layers taken together: which paths there are, and its shared libraries.

Layers are read in order and whiteouts (OCI image specification, layer.md) are applied.
"""

from __future__ import annotations

import io
import posixpath
import re
import tarfile
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import StageError
from mpk_build.image import elf

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"
_MOST_LINKS = 40  # as the kernel's ELOOP
_USUAL_FOLDERS = re.compile(r"(usr/)?(local/)?lib(64)?(/[^/]+-linux-gnu[^/]*)?")
_FOLDER_LISTS = re.compile(r"etc/ld\.so\.conf(\.d/[^/]+\.conf)?")


@dataclass
class Tree:
    """The paths of an image without a leading slash.

    ``links`` maps symbolic links to their targets, ``libraries`` shared objects to what they say,
    ``searched`` holds the folders that the image's loader is configured to search besides the usual ones.
    """

    paths: set[str] = field(default_factory=set)
    links: dict[str, str] = field(default_factory=dict)
    libraries: dict[str, elf.Elf] = field(default_factory=dict)
    searched: set[str] = field(default_factory=set)

    def resolve(self, path: str) -> str:
        """The path after following every symbolic link in it, whether or not it exists."""
        left, done, followed = [part for part in path.split("/") if part], "", 0
        while left:
            part = left.pop(0)
            if part == ".":
                continue
            here = posixpath.dirname(done) if part == ".." else posixpath.join(done, part)
            target = self.links.get(here)
            if target is None or followed >= _MOST_LINKS:
                done = here
                continue
            followed += 1
            left[:0] = [step for step in target.split("/") if step]
            done = "" if target.startswith("/") else posixpath.dirname(here)
        return done

    def holds(self, path: str) -> bool:
        """Whether a path leads to something, links followed."""
        return self.resolve(path) in self.paths

    def library(self, name: str) -> elf.Elf | None:
        """The shared library that the image's loader would find under a name."""
        place = self.library_folder(name)
        return None if place is None else self.libraries.get(self.resolve(f"{place}/{name}"))

    def library_folder(self, name: str) -> str | None:
        """The folder of the image in which its loader finds a library, links followed."""
        return self._folders.get(name)

    @cached_property
    def _folders(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in sorted(self.paths):
            place, _, name = path.rpartition("/")
            if (_USUAL_FOLDERS.fullmatch(place) or place in self.searched) and self.resolve(path) in self.libraries:
                found.setdefault(name, place)
        return found

    def remove(self, path: str) -> None:
        """Forget a path and all below it."""
        for known in [one for one in self.paths if one == path or one.startswith(f"{path}/")]:
            self.paths.discard(known)
            self.links.pop(known, None)
            self.libraries.pop(known, None)

    def as_data(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "paths": sorted(self.paths),
            "links": self.links,
            "libraries": {path: asdict(described) for path, described in self.libraries.items()},
            "searched": sorted(self.searched),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Tree:
        """From what `as_data` gave, perhaps through JSON."""
        return cls(
            set(data["paths"]),
            dict(data["links"]),
            {path: _elf_from_data(described) for path, described in data["libraries"].items()},
            set(data["searched"]),
        )


def _elf_from_data(data: dict[str, Any]) -> elf.Elf:
    return elf.Elf(
        machine=data["machine"],
        needed=tuple(data["needed"]),
        search=tuple(data["search"]),
        requires=tuple((library, version) for library, version in data["requires"]),
        provides=tuple(data["provides"]),
        loader=data["loader"],
        name=data["name"],
    )


def of_layers(blobs: Iterable[Path]) -> Tree:
    """The tree that layers make, the lowest first; each is a tar, compressed in a way that Python knows.

    Raises:
        StageError: A layer is not such a tar.
    """
    tree = Tree()
    for blob in blobs:
        try:
            with tarfile.open(blob, mode="r:*") as tar:
                _add_layer(tree, tar)
        except (tarfile.TarError, EOFError, OSError) as error:
            raise StageError(
                f"Layer sha256:{blob.name} of the base image can't be read: {error}.",
                hint="Layers must be tar, plain or compressed by gzip; zstd is not read yet.",
            ) from error
    return tree


def _add_layer(tree: Tree, tar: tarfile.TarFile) -> None:
    added = Tree()
    for member in tar:
        path = posixpath.normpath(member.name).lstrip("/")
        parent, name = posixpath.split(path)
        if name == OPAQUE:
            for below in [one for one in tree.paths if one.startswith(f"{parent}/")]:
                tree.remove(below)
        elif name.startswith(WHITEOUT):
            tree.remove(posixpath.join(parent, name.removeprefix(WHITEOUT)))
        elif path != ".":
            _add_member(added, tar, member, path)
    # What a layer takes away is what the layers below it had, wherever in the tar it says so.
    for path in [one for one in added.paths if one in tree.links or one in tree.libraries]:
        tree.links.pop(path, None)
        tree.libraries.pop(path, None)
    tree.paths |= added.paths
    tree.links |= added.links
    tree.libraries |= added.libraries
    tree.searched |= added.searched


def _add_member(tree: Tree, tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    tree.paths.add(path)
    if member.issym():
        tree.links[path] = member.linkname
    elif member.islnk():
        target = posixpath.normpath(member.linkname).lstrip("/")
        if target in tree.libraries:
            tree.libraries[path] = tree.libraries[target]
    elif member.isfile():
        file = tar.extractfile(member)
        if (
            file
            and elf.is_shared_object(PurePosixPath(path).name)
            and ".cpython-" not in path
            and "/gconv/" not in path
        ):
            # In memory: going back in a compressed file means decompressing it anew.
            described = elf.read(io.BytesIO(file.read()))
            if described:
                tree.libraries[path] = described
        elif file and _FOLDER_LISTS.fullmatch(path):
            lines = file.read().decode(errors="replace").splitlines()
            tree.searched.update(line.strip().lstrip("/") for line in lines if line.startswith("/"))
