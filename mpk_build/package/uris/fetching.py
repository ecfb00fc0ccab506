"""From what a MODEL argument names to a folder of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpk_build.package.uris import addresses, kept

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpk_build.package.uris.kept import Source


def folder_of(model: str, caches: Callable[[], Path]) -> Path:
    """The folder of the package that a path or URI names; what lies elsewhere is fetched, once.

    Args:
        model: A path, or a URI of docs/packages.md.
        caches: Gives the folder to keep packages in; called where there is something to keep.

    Raises:
        UsageError: It names nothing, or what it names is no package.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    folder = addresses.local(model)
    return folder if folder is not None else kept.folder_of(_source(model), caches())


def _source(uri: str) -> Source:
    scheme = addresses.scheme_of(uri)
    if scheme in addresses.TRACKED:
        from mpk_build.package.uris.tracked import Tracked

        return Tracked(uri)
    if scheme in addresses.HTTP:
        from mpk_build.package.uris.web import Archive

        return Archive(uri)
    from mpk_build.package.uris.buckets import Folder

    return Folder(uri)
