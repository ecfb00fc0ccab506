"""Which files of this machine go into a layer, and as what."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mpk_build.image.entries import Entry, content_key, file_at, folder, walk, with_parents

if TYPE_CHECKING:
    from pathlib import Path


def _tree(root: Path) -> Path:
    (root / "pkg" / "sub").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "pkg" / "a.py").write_text("a")
    (root / "pkg" / "run.sh").write_text("r")
    (root / "pkg" / "run.sh").chmod(0o700)
    (root / "pkg" / "sub" / "skip.txt").write_text("s")
    (root / "pkg" / "near").symlink_to("a.py")
    (root / "pkg" / "folder").symlink_to("sub")
    return root


def test_a_tree_becomes_files_and_links(tmp_path: Path) -> None:
    root = _tree(tmp_path / "tree")
    (tmp_path / "outside.txt").write_text("o")
    (root / "far").symlink_to(tmp_path / "outside.txt")
    os.mkfifo(root / "pipe")
    found = {entry.path: entry for entry in walk(root, "opt/x", lambda path: path.name == "skip.txt")}
    assert found == {
        "opt/x/far": Entry("opt/x/far", source=tmp_path / "outside.txt", mode=0o644),
        "opt/x/pkg/a.py": Entry("opt/x/pkg/a.py", source=root / "pkg" / "a.py", mode=0o644),
        "opt/x/pkg/folder": Entry("opt/x/pkg/folder", link="sub"),
        "opt/x/pkg/near": Entry("opt/x/pkg/near", link="a.py"),
        "opt/x/pkg/run.sh": Entry("opt/x/pkg/run.sh", source=root / "pkg" / "run.sh", mode=0o755),
    }


def test_a_link_out_of_the_tree_by_a_relative_path_is_followed(tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "secret").write_text("s")
    (tmp_path / "tree" / "link").symlink_to("../secret")
    (entry,) = walk(tmp_path / "tree", "opt", lambda _: False)
    assert (entry.link, entry.source) == (None, tmp_path / "secret")


def test_parents_come_before_what_they_hold_and_the_last_of_two_counts() -> None:
    tmp = folder("tmp", 0o1777)
    made = with_parents([Entry("a-b", data=b""), Entry("a/b/c", data=b"1"), tmp, Entry("a/b/c", data=b"2")])
    assert [entry.path for entry in made] == ["a", "a/b", "a/b/c", "a-b", "tmp"]
    assert made[2].data == b"2"
    assert made[-1] == tmp


def test_the_key_follows_content_path_mode_and_what_is_added_and_nothing_else(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for file in (one, two):
        file.write_text("same")
    os.utime(two, (1, 1))
    key = content_key([file_at("a", one)], "more")
    assert key == content_key([file_at("a", two)], "more")
    two.chmod(0o755)
    different = [
        content_key([file_at("a", two)], "more"),
        content_key([file_at("b", one)], "more"),
        content_key([file_at("a", one)], "other"),
        content_key([Entry("a", data=b"else")], "more"),
        content_key([Entry("a", link="same")], "more"),
        content_key([folder("a")], "more"),
    ]
    assert len({key, *different}) == 7
