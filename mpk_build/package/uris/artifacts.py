"""Where an MLflow server keeps files: with itself, in an object store, or in a folder that this machine has too."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mpk_build.foundation import digests
from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.model import FILE
from mpk_build.package.uris import addresses
from mpk_build.package.uris.buckets import Folder
from mpk_build.package.uris.kept import target_below
from mpk_build.package.uris.tracking import NotThereError, Server


def place_of(uri: str, server: Server) -> Proxied | Folder | Local:
    """What stands behind the address that a server gives for artifacts.

    Raises:
        UsageError: Artifacts of that kind can't be read from here.
    """
    scheme = addresses.scheme_of(uri)
    if scheme == "mlflow-artifacts":
        parts = urlsplit(uri)
        asked = urlsplit(server.address)
        if parts.netloc in ("", asked.netloc):
            return Proxied(server, parts.path.strip("/"))
        # The credentials are for the server that was named by its user.
        return Proxied(Server(f"{asked.scheme}://{parts.netloc}", trusted=False), parts.path.strip("/"))
    if scheme in addresses.BUCKETS:
        return Folder(uri)
    local = addresses.local(uri) if scheme in (None, "file") else None
    if local is None:
        raise UsageError(f"the model lies at {addresses.shown(uri)}, which mpk can't read")
    return Local(local, server)


class Proxied:
    """A folder in a server's own artifact store."""

    never_changes = False
    outlives = False

    def __init__(self, server: Server, path: str) -> None:
        self._server = server
        self._path = path
        self.name = f"{server.address}/{path}"
        self._files: dict[str, int] | None = None

    def state(self) -> Any:
        """Path and size of every file, and the document itself, which names the model uniquely."""
        files = self._listed()
        with tempfile.TemporaryDirectory() as folder:
            document = Path(folder, FILE)
            self._server.download(f"{self._path}/{FILE}", document)
            return [files, digests.of_file(document)]

    def download(self, folder: Path) -> None:
        """Fetch every file."""
        for path in self._listed():
            self._server.download(f"{self._path}/{path}", target_below(folder, path, self._server.address))

    def upload(self, files: dict[str, Path]) -> None:
        """Put files there, by their paths."""
        for path, file in files.items():
            self._server.upload(file, f"{self._path}/{path}")

    def _listed(self) -> dict[str, int]:
        if self._files is None:
            self._files = dict(sorted(self._server.files(self._path)))
            if FILE not in self._files:
                raise NotThereError(f"{self.name} is no model package: it has no file {FILE}")
        return self._files


class Local:
    """A folder of this machine, where the server keeps its artifacts on a disk that both have."""

    never_changes = False
    outlives = False

    def __init__(self, folder: Path, server: Server) -> None:
        self._folder = folder
        self._server = server
        self.name = str(folder)

    def state(self) -> Any:
        """The digest of every file."""
        if not (self._folder / FILE).is_file():
            raise MachineError(
                f"{self._server.address} keeps models in {self._folder}, where this machine has none",
                hint="start the server with --artifacts-destination instead of a folder as --default-artifact-root",
            )
        return digests.of_source(self._folder)

    def download(self, folder: Path) -> None:
        """Copy it."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True, symlinks=True)

    def upload(self, files: dict[str, Path]) -> None:
        """Copy files there, by their paths."""
        for path, file in files.items():
            (self._folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, self._folder / path)
