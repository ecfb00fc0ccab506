"""The store: whole objects or none, verified on the way out."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.store import location
from mpk_build.store.actions import ActionCache, ActionRecord
from mpk_build.store.stat_cache import StatCache
from mpk_build.store.store import BrokenObjectError, Store, StoredObject

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "sub").mkdir(parents=True)
    (made / "a.txt").write_text("a")
    (made / "sub" / "run").write_text("#!/bin/sh\n")
    (made / "sub" / "run").chmod(0o755)
    return made


def test_a_folder_comes_out_as_it_went_in(store: Store, tmp_path: Path) -> None:
    stored = store.put(folder(tmp_path))
    assert stored.kind == "folder"
    store.take(stored, tmp_path / "out")
    assert (tmp_path / "out" / "a.txt").read_text() == "a"
    assert os.access(tmp_path / "out" / "sub" / "run", os.X_OK)
    assert not os.access(tmp_path / "out" / "a.txt", os.X_OK)
    assert store.matches(stored, tmp_path / "out")
    assert store.holds(stored)
    assert not (tmp_path / "made" / "a.txt").exists()


def test_equal_content_has_an_equal_digest_whatever_its_times_and_place(store: Store, tmp_path: Path) -> None:
    first = store.put(folder(tmp_path / "x"))
    other = folder(tmp_path / "y")
    os.utime(other / "a.txt", (1, 1))
    assert store.put(other) == first
    different = folder(tmp_path / "z")
    (different / "a.txt").chmod(0o755)
    assert store.put(different) != first


def test_a_large_file_is_a_link_and_a_write_through_it_is_noticed(store: Store, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(b"x" * 9 * 2**20)
    stored = store.put(large)
    store.take(stored, tmp_path / "out")
    assert (tmp_path / "out").stat().st_nlink == 2
    (tmp_path / "out").chmod(0o644)
    (tmp_path / "out").write_bytes(b"poison")
    with pytest.raises(BrokenObjectError):
        store.take(stored, tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not store.holds(stored)
    assert len(list((store.root / "broken").iterdir())) == 1


@pytest.mark.parametrize("spoil", [b"", b"flipped"])
def test_a_spoilt_blob_is_put_aside(store: Store, tmp_path: Path, spoil: bytes) -> None:
    (tmp_path / "file").write_text("content")
    stored = store.put(tmp_path / "file")
    [blob] = [path for path in (store.root / "blobs").rglob("*") if path.is_file()]
    blob.chmod(0o644)
    blob.write_bytes(spoil)
    with pytest.raises(BrokenObjectError):
        store.take(stored, tmp_path / "out")
    (tmp_path / "file").write_text("content")
    assert store.put(tmp_path / "file") == stored
    store.take(stored, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "content"


def test_links_have_no_place_in_an_output(store: Store, tmp_path: Path) -> None:
    made = folder(tmp_path)
    (made / "sub" / "leak").symlink_to("/etc/passwd")
    with pytest.raises(StageError) as caught:
        store.put(made)
    assert caught.value.message == "the output made holds a link: leak; expected files and folders"


def test_special_files_have_no_place_in_an_output(store: Store, tmp_path: Path) -> None:
    made = folder(tmp_path)
    os.mkfifo(made / "sub" / "pipe")
    with pytest.raises(StageError) as caught:
        store.put(made)
    assert caught.value.message == "the output made holds a special file: pipe; expected files and folders"
    with pytest.raises(StageError) as caught:
        store.put(made / "sub" / "pipe")
    assert caught.value.message == "the output pipe is a special file; expected a file or a folder"


def test_what_is_no_longer_the_object_does_not_match(store: Store, tmp_path: Path) -> None:
    stored = store.put(folder(tmp_path))
    store.take(stored, tmp_path / "out")
    (tmp_path / "out" / "extra").write_text("")
    assert not store.matches(stored, tmp_path / "out")
    (tmp_path / "out" / "extra").unlink()
    (tmp_path / "out" / "a.txt").write_text("b")
    assert not store.matches(stored, tmp_path / "out")


def test_a_file_changed_within_the_clocks_grain_is_read_again(tmp_path: Path) -> None:
    cache = StatCache(tmp_path / "stats.json")
    file = tmp_path / "file"
    file.write_text("one")
    before = file.stat()
    assert cache.digest(file) == digests.of_bytes(b"one")
    file.write_text("two")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert cache.digest(file) == digests.of_bytes(b"two")


def test_an_old_file_is_read_once(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, (1, 1))
    cache = StatCache(tmp_path / "stats.json")
    cache.digest(file)
    cache.save()
    rows = (tmp_path / "stats.json").read_bytes()
    known = digests.of_bytes(b"one").encode()
    # What it answers is what it remembers, and not what the file holds.
    (tmp_path / "stats.json").write_bytes(rows.replace(known, b"sha256:remembered"))
    assert StatCache(tmp_path / "stats.json").digest(file) == "sha256:remembered"
    os.utime(file, (2, 2))
    assert StatCache(tmp_path / "stats.json").digest(file) == digests.of_bytes(b"one")


def test_records_answer_only_for_what_they_saw(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    stored = store.put(tmp_path / "file")
    actions = ActionCache(store)
    first = ActionRecord({"out": stored}, {"data.csv": "sha256:1"}, {"rows": 1}, 1.5)
    second = ActionRecord({"out": stored}, {"data.csv": "sha256:2"}, {"rows": 2}, 1.5)
    actions.add("sha256:key", first)
    actions.add("sha256:key", second)
    assert actions.find("sha256:key", lambda _path: "sha256:1") == first
    assert actions.find("sha256:key", lambda _path: "sha256:2") == second
    assert actions.find("sha256:key", lambda _path: "sha256:3") is None
    assert actions.find("sha256:other", lambda _path: "sha256:1") is None
    lost = ActionRecord({"out": StoredObject("file", f"sha256:{'0' * 64}")}, {}, {}, 0)
    actions.add("sha256:lost", lost)
    assert actions.find("sha256:lost", lambda _path: "") is None


def test_clearing_leaves_what_is_not_a_store(tmp_path: Path, store: Store) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.tex").write_text("x")
    with pytest.raises(UsageError) as caught:
        location.clear(precious)
    assert caught.value.message == f"{precious} is not a store of mpk, so it is left alone"
    assert (precious / "thesis.tex").exists()
    (tmp_path / "file").write_text("content")
    store.put(tmp_path / "file")
    assert location.sizes(store.root)["blobs"] == 7
    assert location.clear(store.root) >= 7
    assert [path.name for path in store.root.iterdir()] == ["CACHEDIR.TAG"]
    assert location.clear(tmp_path / "nothing") == 0
