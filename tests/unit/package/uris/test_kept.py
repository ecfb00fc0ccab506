"""Copies of packages that lie elsewhere, when several are fetched at once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.package.uris import kept

if TYPE_CHECKING:
    import pytest


class _Same:
    """An address of its own for bytes that others have, too; both arrive at one moment."""

    never_changes = True
    outlives = False

    def __init__(self, name: str, arrived: threading.Barrier) -> None:
        self.name = name
        self._arrived = arrived

    def state(self) -> None:
        """Nothing tells one state from another."""

    def download(self, folder: Path) -> None:
        """Fetch it."""
        (folder / "MLmodel").write_text("flavors: {}\n")
        self._arrived.wait()


def test_the_same_bytes_from_several_places_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = Path.replace

    def slow(self: Path, target: Path) -> Path:
        time.sleep(0.05)  # long enough for the other to look what is there
        return moved(self, target)

    monkeypatch.setattr(Path, "replace", slow)
    arrived = threading.Barrier(2)
    sources = [_Same(f"https://example.org/{name}.zip", arrived) for name in ("a", "b")]
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(kept.folder_of, sources, [tmp_path, tmp_path])
    assert one == other
    assert [file.name for file in one.iterdir()] == ["MLmodel"]
