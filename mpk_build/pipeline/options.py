"""How to build."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Options:
    """How to build.

    Attributes:
        dist: Where outputs are published; default ``dist`` beside the manifest.
        until: The last stage to run; default all.
        locked: Never change the lock.
        again: Stages that run although their result is in the store.
        upgrade: Names whose locked version is to be the newest that is allowed; ``*`` for all that are free.
        saved: A folder with a model that another process has made and saved, instead of the manifest's entrypoint; as
            `mpk_build.environment.observing.Watching` takes it over.
        publish: Put copies of outputs where people look for them.
    """

    dist: Path | None = None
    until: str | None = None
    locked: bool = False
    again: frozenset[str] = frozenset()
    publish: bool = True
    upgrade: frozenset[str] = frozenset()
    saved: Path | None = None
