"""One file or folder that lies elsewhere, as an artifact of a manifest names it: ``https://``, ``s3://``, ``gs://``, ``az://``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from mpk_build.foundation.errors import UsageError
from mpk_build.package.uris import addresses, kept
from mpk_build.package.uris.buckets import Folder
from mpk_build.package.uris.kept import Source, target_below
from mpk_build.package.uris.web import Archive

if TYPE_CHECKING:
    from collections.abc import Callable


def path_of(uri: str, caches: Callable[[], Path]) -> Path:
    """The file or folder that a URI names; what lies elsewhere is fetched, and again only where it has changed.

    Raises:
        UsageError: There is nothing, or it is of a kind that mpk does not fetch.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    local = addresses.local(uri)
    if local is not None:
        if not local.exists():
            raise UsageError(f"there is nothing at {uri}")
        return local
    name = name_of(uri)
    return kept.folder_of(_source(uri, name), caches()) / name


def name_of(uri: str) -> str:
    """What the file or folder is called, the last part of its address.

    Raises:
        UsageError: It has none.
    """
    name = PurePosixPath(unquote(urlsplit(uri).path)).name
    if not name or name in (".", "..") or "\0" in name or "\\" in name:
        raise UsageError(f"{addresses.shown(uri)} does not end in the name of a file or folder")
    return name


def _source(uri: str, name: str) -> Source:
    return _File(uri, name) if addresses.scheme_of(uri) in addresses.HTTP else _Objects(uri, name)


class _File(Archive):
    """A file on the web, as it is; ``#sha256=DIGEST`` says what bytes are expected there."""

    def __init__(self, uri: str, file: str) -> None:
        super().__init__(uri)
        self._file = file
        # The same address as a model is another thing: an archive, unpacked.
        self.name = f"file {self.name}"

    def download(self, folder: Path) -> None:
        """Fetch it."""
        self._save(target_below(folder, self._file, self._shown))


class _Objects(Folder):
    """An object of an object store, or all below a prefix."""

    def __init__(self, uri: str, name: str) -> None:
        super().__init__(uri)
        self._called = name

    def download(self, folder: Path) -> None:
        """Fetch them."""
        for path in self._listed():
            source = f"{self._root}/{path}" if path else self._root
            name = f"{self._called}/{path}" if path else self._called
            self._asked(self._system.get_file, source, str(target_below(folder, name, self.name)))

    def _listed(self) -> dict[str, Any]:
        if self._files is None:
            self._open()
            found = self._asked(self._system.find, self._root, detail=True)
            below = {path.removeprefix(self._root).lstrip("/"): one for path, one in sorted(found.items())}
            self._files = {path: one for path, one in below.items() if not path.endswith("/")}
            if not self._files:
                raise UsageError(f"there is nothing at {self.name}")
        return self._files
