"""An image as a folder: the OCI image layout (image-layout.md of the OCI image specification v1.1)."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.foundation import documents
from mpk_build.foundation.digests import of_bytes
from mpk_build.foundation.errors import UsageError
from mpk_build.image import descriptors
from mpk_build.image.config import Naming, configuration, manifest
from mpk_build.image.descriptors import REF_NAME, Layer, blob_path, read_blob

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mpk_build.image.base import Base

_FULL_NAME = "io.containerd.image.name"
_MADE_BY = "mpk: "


@dataclass(frozen=True)
class Image:
    """What a layout holds: digests of manifest and configuration, and both documents."""

    digest: str
    manifest: dict[str, Any]
    config: dict[str, Any]

    @property
    def config_digest(self) -> str:
        """The digest of the configuration, which Docker's own store calls the image's id."""
        digest: str = self.manifest["config"]["digest"]
        return digest

    @property
    def size(self) -> int:
        """The bytes of all that a registry keeps of it."""
        parts = [self.manifest["config"], *self.manifest["layers"]]
        return sum(int(part["size"]) for part in parts) + len(documents.canonical(self.manifest))


def write(target: Path, base: Base, layers: Sequence[Layer], blobs: Path, naming: Naming) -> Image:
    """Write an image of the base's layers and those in ``blobs`` (a layout's folder) as a layout of its own.

    Blobs are hard links where the file system has them.

    Raises:
        OSError: ``target`` can't be written.
    """
    whole = [*base.layers, *layers]
    config = configuration(base, whole, naming)
    config_bytes = documents.canonical(config)
    described = manifest(config, of_bytes(config_bytes), len(config_bytes), whole)
    manifest_bytes = documents.canonical(described)
    (target / "blobs" / "sha256").mkdir(parents=True, exist_ok=True)
    for layer in whole:
        source = base.folder if layer in base.layers else blobs
        _link(blob_path(source, layer.digest), blob_path(target, layer.digest))
    for data in (config_bytes, manifest_bytes):
        documents.write_whole(blob_path(target, of_bytes(data)), data)
    documents.write_whole(target / "oci-layout", documents.canonical({"imageLayoutVersion": "1.0.0"}))
    index = _index(of_bytes(manifest_bytes), len(manifest_bytes), naming)
    documents.write_whole(target / "index.json", documents.canonical(index))
    return Image(of_bytes(manifest_bytes), described, config)


def _index(digest: str, size: int, naming: Naming) -> dict[str, Any]:
    entry = {
        "mediaType": descriptors.MANIFEST,
        "digest": digest,
        "size": size,
        "platform": {"os": "linux", "architecture": descriptors.architecture()},
    }
    named = [
        {**entry, "annotations": {REF_NAME: reference.rpartition(":")[2], _FULL_NAME: full_name(reference)}}
        for reference in naming.references
    ]
    return {"schemaVersion": 2, "mediaType": descriptors.INDEX, "manifests": named or [entry]}


def full_name(reference: str) -> str:
    """A reference with the registry that Docker means when none is named."""
    host, slash, _ = reference.partition("/")
    if slash and (host == "localhost" or "." in host or ":" in host):
        return reference
    return f"docker.io/{reference if slash else f'library/{reference}'}"


def _link(source: Path, target: Path) -> None:
    if target.exists():
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def read(layout: Path) -> Image:
    """The one image of a layout.

    Raises:
        UsageError: The folder holds no layout.
        StageError: It holds no image for this processor, or is damaged.
    """
    if not (layout / "oci-layout").is_file():
        raise UsageError(f"{layout} is not an OCI layout: it has no file oci-layout.", hint="`mpk build` writes one.")
    digest = descriptors.choose(documents.read_json(layout / "index.json"), str(layout))["digest"]
    described = read_blob(layout, digest)
    return Image(digest, described, read_blob(layout, described["config"]["digest"]))


def names(layout: Path) -> list[str]:
    """The references under which a layout's image goes, as ``docker.io/library/penguins:latest``, sorted."""
    index = documents.read_json(layout / "index.json")
    found = ((entry.get("annotations") or {}).get(_FULL_NAME) for entry in index.get("manifests", []))
    return sorted({name for name in found if name})


def describe(layout: Path) -> dict[str, Any]:
    """What `mpk inspect` says of an image: digests, sizes in bytes, layers with purposes, how it is run.

    Raises:
        UsageError: The folder holds no layout.
        StageError: It holds no image for this processor, or is damaged.
    """
    image = read(layout)
    settings = image.config["config"]
    made = [one for one in image.config.get("history", []) if not one.get("empty_layer")]
    layers = [
        {
            "purpose": _purpose(history.get("created_by", "")),
            "digest": layer["digest"],
            "diff_id": diff_id,
            "size": layer["size"],
        }
        for layer, diff_id, history in zip(
            image.manifest["layers"], image.config["rootfs"]["diff_ids"], made, strict=True
        )
    ]
    return {
        "digest": image.digest,
        "config": image.config_digest,
        "size": image.size,
        "platform": f"{image.config['os']}/{image.config['architecture']}",
        "created": image.config.get("created"),
        "names": names(layout),
        "user": settings.get("User", ""),
        "entrypoint": settings.get("Entrypoint", []),
        "working_dir": settings.get("WorkingDir", ""),
        "labels": settings.get("Labels") or {},
        "layers": layers,
    }


def _purpose(created_by: str) -> str:
    return created_by.removeprefix(_MADE_BY) if created_by.startswith(_MADE_BY) else "base"
