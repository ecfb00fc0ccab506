"""Packages in object stores, through fsspec: ``s3://``, ``gs://``, ``az://``; and what is logged into them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.model import FILE
from mpk_build.package.uris import addresses
from mpk_build.package.uris.kept import target_below

if TYPE_CHECKING:
    from pathlib import Path

# What an object store says of a file's content, by the names that its library gives that.
_STATES = ("ETag", "etag", "md5Hash", "crc32c", "generation", "content_md5", "VersionId", "last_modified")
_LIBRARIES = {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}


class Folder:
    """A folder of an object store; credentials come from where its own library looks for them."""

    never_changes = False
    outlives = False

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self.name = addresses.shown(uri)
        self._files: dict[str, Any] | None = None
        self._system: Any = None
        self._root = ""

    def state(self) -> Any:
        """Path, size and the store's own digest of every file."""
        listed = self._listed()
        return {
            path: [one["size"], next((str(one[name]) for name in _STATES if one.get(name)), None)]
            for path, one in listed.items()
        }

    def download(self, folder: Path) -> None:
        """Fetch every file."""
        for path in self._listed():
            target = target_below(folder, path, self.name)
            self._asked(self._system.get_file, f"{self._root}/{path}", str(target))

    def upload(self, files: dict[str, Path]) -> None:
        """Put files there, by their paths."""
        self._open()
        for path, file in files.items():
            self._asked(self._system.put_file, str(file), f"{self._root}/{path}")

    def _listed(self) -> dict[str, Any]:
        if self._files is None:
            self._open()
            found = self._asked(self._system.find, self._root, detail=True)
            below = {path.removeprefix(self._root).lstrip("/"): one for path, one in found.items()}
            # Some stores keep an empty object in the place of a folder.
            self._files = {path: one for path, one in sorted(below.items()) if path and not path.endswith("/")}
            if FILE not in self._files:
                raise UsageError(f"{self.name} is no model package: it has no file {FILE}")
        return self._files

    def _open(self) -> None:
        import fsspec

        kind = addresses.BUCKETS[str(addresses.scheme_of(self._uri))]
        options: dict[str, Any] = {}
        endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL")
        if kind == "s3" and endpoint:
            options["endpoint_url"] = endpoint
        try:
            self._system, root = fsspec.core.url_to_fs(self.name, **options)
        except ImportError:
            library = _LIBRARIES[kind]
            raise MachineError(
                f"{self.name} needs the library {library}, which is not installed",
                hint=f"pip install 'mpk-build[{kind}]'",
            ) from None
        except Exception as error:  # noqa: BLE001 - the libraries of three clouds raise what they like
            raise self._error(error) from None
        self._root = root.rstrip("/")

    def _asked(self, function: Any, *arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except Exception as error:  # noqa: BLE001 - the libraries of three clouds raise what they like
            raise self._error(error) from None

    def _error(self, error: Exception) -> MachineError | UsageError:
        # What these libraries say may hold a signed address.
        if isinstance(error, FileNotFoundError):
            return UsageError(f"there is nothing at {self.name}")
        if isinstance(error, PermissionError):
            return UsageError(f"{self.name} is not for these credentials", hint="check the cloud's own variables")
        return MachineError(f"{self.name} can't be read or written: {type(error).__name__}")
