"""What the last build of a project was made from, so that the next one can say what changed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.documents import canonical, read_json, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.store.store import Store


class History:
    """The key components of a project's last successful stages; kept in the store, by the manifest's path."""

    def __init__(self, store: Store, manifest: Path) -> None:
        name = hashlib.sha256(str(manifest).encode()).hexdigest()[:32]
        self._file = store.root / "projects" / f"{name}.json"
        self._manifest = manifest
        try:
            document = read_json(self._file)
            self._stages: dict[str, dict[str, Any]] = dict(document["stages"])
            self._published = set(document["published"])
        except (OSError, ValueError, KeyError, TypeError):
            self._stages, self._published = {}, set[str]()

    def components(self, stage: str) -> dict[str, Any] | None:
        """Name to value of all that was in a stage's key, and ``read <path>`` for what it discovered."""
        return self._stages.get(stage)

    def remember(self, stage: str, components: dict[str, Any]) -> None:
        """Keep what a stage was made from; writes only if that is new."""
        if self._stages.get(stage) == components:
            return
        self._stages[stage] = components
        self._write()

    def published(self, path: Path) -> bool:
        """Whether a folder was laid out by a build of this project."""
        return str(path) in self._published

    def remember_published(self, path: Path) -> None:
        """Keep that a folder is ours to replace."""
        if str(path) not in self._published:
            self._published.add(str(path))
            self._write()

    def _write(self) -> None:
        document = {"manifest": str(self._manifest), "stages": self._stages, "published": sorted(self._published)}
        write_whole(self._file, canonical(document))
