"""Names and small documents of the OCI image specification v1.1: media types, platforms, blobs."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
REF_NAME = "org.opencontainers.image.ref.name"

# What registries of Docker's older format call the same bytes.
_AS_OCI = {
    "application/vnd.docker.image.rootfs.diff.tar.gzip": LAYER_GZIP,
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
}
# uname -m to GOARCH.
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm", "i686": "386"}


def architecture(machine: str | None = None) -> str:
    """A processor as images spell it (``amd64``), from ``uname -m``'s spelling; this machine's by default."""
    name = machine or platform.machine()
    return _ARCHITECTURES.get(name, name)


def blob_path(layout: Path, digest: str) -> Path:
    """Where a layout keeps the blob of a digest.

    Raises:
        StageError: This is no sha256 digest, and so might be a path.
    """
    algorithm, _, digits = digest.partition(":")
    if algorithm != "sha256" or len(digits) != 64 or not set(digits) <= set("0123456789abcdef"):  # noqa: PLR2004
        raise StageError(f"{digest!r} is not a sha256 digest.")
    return layout / "blobs" / "sha256" / digits


def read_blob(layout: Path, digest: str) -> Any:
    """The JSON document in a blob, checked against its digest.

    Raises:
        StageError: It is not there, or not what its digest says.
    """
    path = blob_path(layout, digest)
    try:
        data = path.read_bytes()
        if hashlib.sha256(data).hexdigest() != path.name:
            raise StageError(f"{path} is not what its name says; the image is damaged.")
        return json.loads(data)
    except (OSError, ValueError) as error:
        raise StageError(f"{path} can't be read: {error}.") from error


def choose(index: dict[str, Any], where: str, name: str = "") -> dict[str, Any]:
    """The descriptor in an index that is for Linux on this processor, and called ``name`` if that is given.

    Raises:
        StageError: There is none, or more than one image.
    """
    found = {}
    for entry in index.get("manifests", []):
        system = entry.get("platform") or {"os": "linux", "architecture": architecture()}
        fits = system.get("os") == "linux" and system.get("architecture") == architecture()
        if fits and (not name or (entry.get("annotations") or {}).get(REF_NAME) == name):
            found[entry["digest"]] = entry
    if len(found) == 1:
        return next(iter(found.values()))
    kinds = "no image" if not found else f"{len(found)} images"
    called = f" called {name!r}" if name else ""
    raise StageError(f"{where} holds {kinds}{called} for linux/{architecture()}; one is needed.")


@dataclass(frozen=True)
class Layer:
    """One layer of an image: what it is for, its blob, and whether it was there before. Sizes in bytes.

    ``uncompressed`` is 0 for a layer of a given base, whose tar was not measured.
    """

    purpose: str
    digest: str
    diff_id: str
    size: int
    uncompressed: int = 0
    cached: bool = False
    media_type: str = LAYER_GZIP

    @property
    def descriptor(self) -> dict[str, Any]:
        """As a manifest lists it."""
        return {
            "mediaType": _AS_OCI.get(self.media_type, self.media_type),
            "digest": self.digest,
            "size": self.size,
        }
