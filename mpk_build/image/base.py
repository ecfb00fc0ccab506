"""What an image is built upon: nothing (``scratch``), a local OCI layout, or an image of a registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.foundation import documents
from mpk_build.foundation.digests import of_file
from mpk_build.foundation.errors import StageError
from mpk_build.image import descriptors, registry, tree
from mpk_build.image.descriptors import Layer, blob_path, read_blob

if TYPE_CHECKING:
    from collections.abc import Sequence

SCRATCH = "scratch"
_TREE_FORMAT = 2
_PYTHONS = ("usr/local/bin/python{}", "usr/bin/python{}")
_HINT = "A base is `scratch`, the folder of an OCI layout as ./base, or a name as docker.io/debian:12."


@dataclass(frozen=True)
class Base:
    """A base image whose blobs are on this machine.

    ``folder`` is a layout that holds them, ``digest`` that of its manifest, ``name`` what others can find it
    by (empty for a layout, whose path means something only here), ``config`` its OCI configuration.
    """

    name: str = SCRATCH
    digest: str = ""
    folder: Path = Path()
    config: dict[str, Any] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    tree: tree.Tree = field(default_factory=tree.Tree)

    @property
    def pinned(self) -> str:
        """The base as facts name it: ``scratch``, or with the digest that pins it."""
        return f"{self.name}@{self.digest}".removeprefix("@") if self.digest else self.name

    def python(self, minor: str) -> str | None:
        """The path of the base's own Python of a minor version, as ``/usr/bin/python3.11``."""
        return next((f"/{path}" for one in _PYTHONS if self.tree.holds(path := one.format(minor))), None)


def find(base: str, cache: Path) -> Base:
    """Fetch, check and read what a manifest calls the base.

    Raises:
        StageError: It is no image that can be a base.
        MachineError: Its registry can't be reached.
    """
    if base == SCRATCH:
        return Base()
    if base.startswith(("/", ".")) or Path(base, "oci-layout").is_file():
        manifest, digest, folder = _of_layout(base)
        return _read("", folder, manifest, digest, cache)
    folder = cache / "bases"
    reference = registry.parse(base)
    manifest, digest = registry.pull(reference, folder)
    return _read(reference.name, folder, manifest, digest, cache)


def _of_layout(base: str) -> tuple[dict[str, Any], str, Path]:
    path, _, name = base.rpartition(":") if not Path(base).exists() else (base, "", "")
    folder = Path(path or base)
    if not (folder / "oci-layout").is_file():
        raise StageError(f"{folder} is not an OCI layout: it has no file oci-layout.", hint=_HINT)
    try:
        index = documents.read_json(folder / "index.json")
    except (OSError, ValueError) as error:
        raise StageError(f"{folder / 'index.json'} can't be read: {error}.", hint=_HINT) from error
    descriptor = descriptors.choose(index, str(folder), name)
    while descriptor.get("mediaType") in (descriptors.INDEX, descriptors.DOCKER_LIST):
        descriptor = descriptors.choose(read_blob(folder, descriptor["digest"]), str(folder))
    return read_blob(folder, descriptor["digest"]), descriptor["digest"], folder


def _read(name: str, folder: Path, manifest: dict[str, Any], digest: str, cache: Path) -> Base:
    config = read_blob(folder, manifest["config"]["digest"])
    diff_ids = config.get("rootfs", {}).get("diff_ids", [])
    if len(diff_ids) != len(manifest["layers"]):
        raise StageError(
            f"The base {digest} has {len(manifest['layers'])} layers but lists {len(diff_ids)}.", hint=_HINT
        )
    if config.get("os") != "linux" or config.get("architecture") != descriptors.architecture():
        found = f"{config.get('os')}/{config.get('architecture')}"
        raise StageError(f"The base is for {found}, the image for linux/{descriptors.architecture()}.", hint=_HINT)
    layers = tuple(
        Layer("base", one["digest"], diff_id, one["size"], cached=True, media_type=one["mediaType"])
        for one, diff_id in zip(manifest["layers"], diff_ids, strict=True)
    )
    return Base(name, digest, folder, config, layers, _tree(folder, layers, digest, cache))


def _tree(folder: Path, layers: Sequence[Layer], digest: str, cache: Path) -> tree.Tree:
    blobs = [blob_path(folder, layer.digest) for layer in layers]
    for layer, blob in zip(layers, blobs, strict=True):
        if not blob.is_file() or of_file(blob) != layer.digest:
            raise StageError(f"Layer {layer.digest} of the base is missing or damaged in {folder}.", hint=_HINT)
    known = cache / "trees" / f"{digest.removeprefix('sha256:')}.{_TREE_FORMAT}.json"
    if known.is_file():
        try:
            return tree.Tree.from_data(documents.read_json(known))
        except (ValueError, KeyError, TypeError):
            known.unlink(missing_ok=True)
    made = tree.of_layers(blobs)
    documents.write_whole(known, documents.canonical(made.as_data()))
    return made
