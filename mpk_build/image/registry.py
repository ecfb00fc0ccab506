"""Pulls an image from a registry into a folder of blobs (OCI distribution specification v1.1)."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mpk_build.foundation.digests import of_bytes, of_file
from mpk_build.foundation.errors import MachineError, StageError
from mpk_build.image import descriptors
from mpk_build.image.descriptors import blob_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from dxf import DXF, DXFBase
    from requests import Response

_REFERENCE = re.compile(
    r"(?P<repository>[a-z0-9]+(?:(?:[._]|__|-+|/)[a-z0-9]+)*)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_TIMEOUT_S = 60.0
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Reference:
    """Where an image is: a registry's host (and port), a repository there, and a tag or digest."""

    host: str
    repository: str
    version: str

    def __str__(self) -> str:
        return f"{self.name}{'@' if self.version.startswith('sha256:') else ':'}{self.version}"

    @property
    def name(self) -> str:
        """The host and the repository, without the version."""
        return f"{self.host}/{self.repository}"

    @property
    def is_loopback(self) -> bool:
        """Whether the registry is on this machine; then, as with Docker, it is spoken to without TLS."""
        name = self.host.rsplit(":", 1)[0].strip("[]")
        return name in ("localhost", "::1") or name.startswith("127.")


def parse(text: str) -> Reference:
    """Read ``[host[:port]/]repository[:tag][@sha256:...]`` as Docker does; a bare name is Docker Hub's.

    Raises:
        StageError: It is no such reference.
    """
    host, slash, rest = text.partition("/")
    if not slash or not (host == "localhost" or "." in host or ":" in host):
        host, rest = "docker.io", text if slash else f"library/{text}"
    found = _REFERENCE.fullmatch(rest)
    if not found:
        raise StageError(
            f"{text!r} is not the name of an image.",
            hint="Give `scratch`, an OCI layout's folder as ./base, or a name as docker.io/debian:12.",
        )
    if host == "docker.io":
        host = "registry-1.docker.io"
    return Reference(host, found["repository"], found["digest"] or found["tag"] or "latest")


def pull(reference: Reference, folder: Path) -> tuple[dict[str, Any], str]:
    """The manifest of an image for this processor and its digest; its blobs are then in ``folder``, a layout.

    What is already there, and is what its digest says, is not pulled again.

    Raises:
        MachineError: The registry can't be reached.
        StageError: It doesn't have the image, or what it sends is not what the digests say.
    """
    with _session(reference) as registry:
        manifest, digest = _manifest(registry, reference.version, reference.name)
        for wanted in [manifest["config"], *manifest["layers"]]:
            _fetch(registry, wanted["digest"], folder)
    return manifest, digest


def resolve(reference: Reference) -> str:
    """The digest of the manifest that a reference means now, for this processor; nothing is pulled.

    Raises:
        MachineError: The registry can't be reached.
        StageError: It doesn't have the image.
    """
    with _session(reference) as registry:
        return _manifest(registry, reference.version, reference.name)[1]


@contextlib.contextmanager
def _session(reference: Reference) -> Iterator[DXF]:
    from dxf import DXF
    from dxf.exceptions import DXFError
    from requests import RequestException

    host, insecure = reference.host, reference.is_loopback
    try:
        with DXF(host, reference.repository, _anonymously, insecure=insecure, timeout=_TIMEOUT_S) as registry:
            yield registry
    except RequestException as error:
        if error.response is None:
            raise MachineError(f"The registry {host} can't be reached: {error}.") from error
        raise StageError(
            f"The registry does not give {reference}: {error.response.status_code} {error.response.reason}.",
            hint="Check the name and the tag. Private images can't be pulled yet: copy one to an OCI layout.",
        ) from error
    except DXFError as error:
        raise StageError(f"What the registry sends for {reference} can't be used: {error}.") from error


def _anonymously(registry: DXFBase, response: Response) -> None:
    registry.authenticate(response=response)


def _manifest(registry: DXF, version: str, name: str) -> tuple[dict[str, Any], str]:
    text, response = registry.get_manifest_and_response(version)
    digest = of_bytes(response.content)
    if version.startswith("sha256:") and digest != version:
        raise StageError(f"{name}@{version} comes with the digest {digest}; the registry or the way to it is broken.")
    document = response.json()
    if "manifests" in document:
        return _manifest(registry, descriptors.choose(document, f"{name}:{version}")["digest"], name)
    if "config" not in document or "layers" not in document:
        raise StageError(f"{name}:{version} is no image that can be a base: {text[:80]!r}.")
    return document, digest


def _fetch(registry: DXF, digest: str, folder: Path) -> None:
    path = blob_path(folder, digest)
    if path.is_file() and of_file(path) == digest:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=".pulled.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # What pull_blob gives checks the digest when it ends.
            file.writelines(cast("Iterable[bytes]", registry.pull_blob(digest, chunk_size=_CHUNK)))
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp gave a name, not a Path
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
