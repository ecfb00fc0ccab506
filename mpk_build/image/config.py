"""The two documents that make layers an image: configuration and manifest (OCI image specification v1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.moments import source_date
from mpk_build.image import descriptors
from mpk_build.image.contents import MODEL, SERVE
from mpk_build.image.interpreter import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mpk_build.image.base import Base
    from mpk_build.image.descriptors import Layer

PORT = 8080
_PATH = f"/{COMMAND.rpartition('/')[0].lstrip('/')}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# A model's libraries write caches to the home folder; with a read-only root only /tmp can be written.
_ENVIRONMENT = {"HOME": "/tmp", "LANG": "C.UTF-8", "PATH": _PATH}  # noqa: S108 - a path in the image


@dataclass(frozen=True)
class Naming:
    """What an image is called and says of itself: the manifest's part in it.

    ``user`` is ``UID`` or ``UID:GID``, in digits and not root; ``labels`` win over those that mpk sets;
    ``variables`` are the environment variables that it starts with.
    """

    name: str
    title: str = ""
    version: str = ""
    description: str = ""
    tags: tuple[str, ...] = ("latest",)
    user: str = "65532"
    labels: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def references(self) -> list[str]:
        """The name with each tag: ``penguins:latest``."""
        return [f"{self.name}:{tag}" for tag in self.tags]


def created() -> str:
    """The time that images bear, as their configuration writes it."""
    return source_date().strftime("%Y-%m-%dT%H:%M:%SZ")


def configuration(base: Base, layers: Sequence[Layer], naming: Naming) -> dict[str, Any]:
    """The image configuration: how to run it, and its layers (those of the base first) by their diff ids."""
    inherited = base.config.get("config") or {}
    stamp = created()
    own = [{"created": stamp, "created_by": f"mpk: {layer.purpose}"} for layer in layers[len(base.layers) :]]
    before = base.config.get("history") or [{"created": stamp, "created_by": "base"} for _ in base.layers]
    return {
        "created": stamp,
        "architecture": descriptors.architecture(),
        "os": "linux",
        "config": {
            "User": naming.user,
            "ExposedPorts": {f"{PORT}/tcp": {}},
            "Env": _environment(inherited.get("Env") or [], naming.variables),
            "Entrypoint": [COMMAND, "-I", "-B", f"/{SERVE}"],
            "Cmd": [],
            "WorkingDir": f"/{MODEL}",
            "Labels": {**(inherited.get("Labels") or {}), **_labels(base, naming)},
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        "history": [*before, *own],
    }


def _environment(inherited: Sequence[str], own: Mapping[str, str]) -> list[str]:
    kept = dict(one.partition("=")[::2] for one in inherited)
    return [f"{name}={value}" for name, value in sorted({**kept, **_ENVIRONMENT, **own}.items())]


def _labels(base: Base, naming: Naming) -> dict[str, str]:
    standard = {
        "title": naming.title or naming.name.rpartition("/")[2],
        "version": naming.version,
        "description": naming.description,
        "base.name": base.name if base.digest else "",
        "base.digest": base.digest,
    }
    filled = {f"org.opencontainers.image.{name}": value for name, value in standard.items() if value}
    return {**filled, **naming.labels}


def manifest(config: Mapping[str, Any], config_digest: str, size: int, layers: Sequence[Layer]) -> dict[str, Any]:
    """The image manifest, which bears the standard labels too; ``size`` is the configuration's, in bytes."""
    labels = config["config"]["Labels"]
    return {
        "schemaVersion": 2,
        "mediaType": descriptors.MANIFEST,
        "config": {"mediaType": descriptors.CONFIG, "digest": config_digest, "size": size},
        "layers": [layer.descriptor for layer in layers],
        "annotations": {name: value for name, value in labels.items() if name.startswith("org.opencontainers.image.")},
    }
