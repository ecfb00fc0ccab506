"""Several files that change together, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpk_build.foundation.replacing import replace_together


def listing(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_change_appear_and_go(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("old")
    kept.chmod(0o600)
    (tmp_path / "copy").hardlink_to(kept)
    (tmp_path / "gone").write_text("")
    replace_together(tmp_path, {"kept": b"new", "a/b": b"made", "gone": None, "absent": None})
    assert listing(tmp_path) == {"kept": "new", "copy": "old", "a/b": "made"}
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_failure_half_way_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"a": "1", "b": "2", "c": "3"}
    for name, text in before.items():
        (tmp_path / name).write_text(text)
    replace = Path.replace

    def failing(self: Path, target: Path) -> Path:
        if target.name == "c" and self.read_text() == "new":
            raise OSError("no")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", failing)
    with pytest.raises(OSError, match=r"^no$"):
        replace_together(tmp_path, {"a": b"new", "new": b"new", "b": None, "c": b"new"})
    assert listing(tmp_path) == before
