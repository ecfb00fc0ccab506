"""A layout as one tar stream that engines load.

It is an OCI layout and has the ``manifest.json`` of Docker's own format (moby/image/spec) besides, which
points at the same blobs: Docker 20.10 refuses an archive without it.
"""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from mpk_build.foundation import documents
from mpk_build.image.descriptors import blob_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from mpk_build.image.layout import Image

_CHUNK = 1 << 20


def docker_archive(layout: Path, image: Image, names: Sequence[str]) -> Iterator[bytes]:
    """The chunks of the archive; nothing is copied to disk."""
    small = {
        "oci-layout": (layout / "oci-layout").read_bytes(),
        "index.json": (layout / "index.json").read_bytes(),
        "manifest.json": documents.canonical([_docker_manifest(image, names)]),
    }
    for name, data in small.items():
        yield _header(name, len(data)) + data + _padding(len(data))
    described = image.manifest
    digests = [
        image.digest,
        described["config"]["digest"],
        *(layer["digest"] for layer in described["layers"]),
    ]
    for digest in dict.fromkeys(digests):
        path = blob_path(layout, digest)
        size = path.stat().st_size
        yield _header(_member(digest), size)
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk
        yield _padding(size)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _docker_manifest(image: Image, names: Sequence[str]) -> dict[str, object]:
    return {
        "Config": _member(image.config_digest),
        "RepoTags": list(names) or None,
        "Layers": [_member(layer["digest"]) for layer in image.manifest["layers"]],
    }


def _member(digest: str) -> str:
    return f"blobs/sha256/{digest.removeprefix('sha256:')}"


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return bytes(-size % tarfile.BLOCKSIZE)
