"""Container engines: whether one answers, giving it an image, and serving from there (Docker Engine API).

An engine is a destination only; images are made without one.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import MachineError, StageError
from mpk_build.image import layout as layouts
from mpk_build.image.archive import docker_archive
from mpk_build.image.config import PORT
from mpk_build.image.served import Served, termination_raised

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from docker import DockerClient
    from docker.models.containers import Container

_DEFAULT = "unix:///var/run/docker.sock"
_PROBE_TIMEOUT_S = 2.0
_TIMEOUT_S = 600
_TCP_PORT = 2375
_NONE = {"kind": "none", "version": ""}
_HINT = "Start Docker, or point DOCKER_HOST at an engine that answers."


def probe() -> dict[str, str]:
    """``{"kind": "docker", "version": "20.10.24"}``, or kind ``none`` and no version when no engine answers.

    Takes milliseconds: no library is imported. ``DOCKER_HOST`` is honoured for ``unix://`` and ``tcp://``.
    """
    try:
        return {"kind": "docker", "version": str(_ask("/version")["Version"])}
    except (OSError, ValueError, KeyError, TypeError):
        return dict(_NONE)


def _ask(path: str) -> Any:
    with _connect(_host()) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\nHost: docker\r\n\r\n".encode())
        with connection.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n")[0]:
        raise ValueError(f"{path}: {head[:80]!r}")
    return json.loads(body)


def _host() -> str:
    return os.environ.get("DOCKER_HOST") or _DEFAULT


def _connect(host: str) -> socket.socket:
    scheme, _, address = host.partition("://")
    if scheme == "tcp" and not os.environ.get("DOCKER_TLS_VERIFY"):
        name, _, port = address.rstrip("/").partition(":")
        return socket.create_connection((name, int(port or _TCP_PORT)), _PROBE_TIMEOUT_S)
    if scheme != "unix":
        raise ValueError(f"{scheme} is not spoken here")
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(_PROBE_TIMEOUT_S)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def _client() -> Iterator[DockerClient]:
    import docker
    from docker.errors import APIError, DockerException

    host = _host()
    # Docker's library leaves a socket open when it can't connect.
    if host.startswith("unix://") and probe()["kind"] == "none":
        raise MachineError(f"No container engine answers at {host}.", hint=_HINT)
    try:
        client = docker.from_env(timeout=_TIMEOUT_S)
        try:
            yield client
        finally:
            client.close()
    except APIError as error:
        raise MachineError(f"The container engine refuses: {error.explanation or error}.") from error
    except (DockerException, OSError) as error:
        raise MachineError(f"No container engine answers at {host}: {error}.", hint=_HINT) from error


def ensure_loaded(layout: Path, names: Sequence[str]) -> str:
    """Give the engine the image of a layout under some names, if it has not got it; the engine's id for it.

    Raises:
        MachineError: No engine answers, or it refuses.
        StageError: The layout is damaged, or the engine made something else of it.
    """
    held = _held(layouts.read(layout), names)
    if held is not None:
        return held
    with _client() as client:
        return _ensure_loaded(client, layout, names)


def _held(image: layouts.Image, names: Sequence[str]) -> str | None:
    # An unchanged build ends here; importing the client would double its time.
    for digest in (image.config_digest, image.digest):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found = _ask(f"/images/{digest}/json")
            known = {layouts.full_name(tag) for tag in found["RepoTags"] or ()}
            if known.issuperset(map(layouts.full_name, names)):
                return str(found["Id"])
    return None


def _ensure_loaded(client: DockerClient, layout: Path, names: Sequence[str]) -> str:
    image = layouts.read(layout)
    found = _find(client, image)
    if found is None:
        api: Any = client.api
        for line in api.load_image(docker_archive(layout, image, names)):
            if "error" in line:
                raise MachineError(f"The container engine can't load {layout}: {line['error']}.")
        found = _find(client, image)
    if found is None:
        raise StageError(f"The container engine has not got {image.config_digest} after loading {layout}.")
    known = {layouts.full_name(tag) for tag in found.tags}
    for name in names:
        if layouts.full_name(name) not in known:
            repository, _, tag = name.rpartition(":")
            found.tag(repository, tag)
    identifier: str = found.id
    return identifier


def _find(client: DockerClient, image: layouts.Image) -> Any | None:
    from docker.errors import ImageNotFound

    # Docker's own store calls an image by its configuration, containerd's by its manifest.
    for digest in (image.config_digest, image.digest):
        with contextlib.suppress(ImageNotFound):
            return client.images.get(digest)
    return None


@contextlib.contextmanager
def serve_container(layout: Path, log: Path) -> Iterator[Served]:
    """Serve the image of a layout in a container, on a free port of 127.0.0.1, for as long as the block runs.

    The container can write to nothing but ``/tmp``, holds no capability and can gain none. It is removed in
    any case; what it said is then in ``log``.

    Raises:
        MachineError: No engine answers, or it can't start the container.
    """
    with termination_raised(), _client() as client:
        image = _ensure_loaded(client, layout, [])
        container = client.containers.create(
            image,
            ports={f"{PORT}/tcp": ("127.0.0.1", 0)},
            read_only=True,
            tmpfs={"/tmp": "mode=1777"},  # noqa: S108 - a path in the container
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            labels={"mpk.purpose": "smoke-test"},
            init=False,
        )
        try:
            container.start()
            container.reload()
            bound = container.ports.get(f"{PORT}/tcp")
            port = bound[0]["HostPort"] if bound else 0
            version = client.version()["Version"]
            yield _InContainer(f"http://127.0.0.1:{port}", f"docker {version}", container, client.api)
        finally:
            with contextlib.suppress(Exception):
                log.write_bytes(container.logs())
            container.remove(force=True, v=True)


class _InContainer(Served):
    def __init__(self, url: str, how: str, container: Container, api: Any) -> None:
        super().__init__(url, how)
        self._container = container
        self._api = api

    def memory_bytes(self) -> int | None:
        statistics = self._api.stats(self._container.id, stream=False, one_shot=True)
        memory = statistics.get("memory_stats", {})
        if "usage" not in memory:
            return None
        # As `docker stats` counts: without the files that the kernel keeps at hand. cgroup v1 has another
        # name.
        details = memory.get("stats", {})
        files = details.get("inactive_file", details.get("total_inactive_file", 0))
        return int(memory["usage"]) - int(files)

    def is_running(self) -> bool:
        self._container.reload()
        return bool(self._container.status == "running")

    def logs(self) -> str:
        return bytes(self._container.logs()).decode(errors="replace")
