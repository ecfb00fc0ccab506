"""A layer's bytes: a function of its files alone."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from typing import TYPE_CHECKING

import pytest

from mpk_build.image.entries import Entry, file_at, folder
from mpk_build.image.tarball import pack

if TYPE_CHECKING:
    from pathlib import Path

LONG = "opt/" + "n" * 150 + "/é.txt"


def _entries(root: Path, mask: int, stamp: int) -> list[Entry]:
    before = os.umask(mask)
    try:
        root.mkdir()
        (root / "data").write_bytes(b"x" * 5000)
        (root / "tool").write_text("#!")
        (root / "tool").chmod(0o700)
    finally:
        os.umask(before)
    for name in ("data", "tool"):
        os.utime(root / name, (stamp, stamp))
    return [
        folder("tmp", 0o1777),
        Entry("opt/link", link="data"),
        file_at("opt/data", root / "data"),
        file_at("opt/tool", root / "tool"),
        Entry(LONG, data=b"long"),
    ]


def test_the_bytes_do_not_depend_on_place_time_umask_or_order(tmp_path: Path) -> None:
    one = pack(_entries(tmp_path / "one", 0o022, 1), tmp_path / "a")
    two = pack(list(reversed(_entries(tmp_path / "two", 0o077, 2_000_000_000))), tmp_path / "b")
    assert one == two


def test_what_is_in_it(tmp_path: Path) -> None:
    packed = pack(_entries(tmp_path / "tree", 0o022, 1), tmp_path / "blobs")
    blob = tmp_path / "blobs" / packed.digest.removeprefix("sha256:")
    raw = blob.read_bytes()
    plain = gzip.decompress(raw)
    assert packed.digest == f"sha256:{hashlib.sha256(raw).hexdigest()}"
    assert packed.diff_id == f"sha256:{hashlib.sha256(plain).hexdigest()}"
    assert (packed.size, packed.uncompressed) == (len(raw), len(plain))
    # RFC 1952: no name (FLG), no time (MTIME).
    assert raw[:8] == b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
    assert blob.stat().st_mode & 0o777 == 0o644
    with tarfile.open(blob) as tar:
        listed = [(one.name, oct(one.mode), one.type, one.size, one.linkname) for one in tar]
        tar.getmembers()
        assert {(one.mtime, one.uid, one.gid, one.uname, one.gname) for one in tar.getmembers()} == {(0, 0, 0, "", "")}
    assert listed == [
        ("opt", "0o755", tarfile.DIRTYPE, 0, ""),
        ("opt/data", "0o644", tarfile.REGTYPE, 5000, ""),
        ("opt/link", "0o777", tarfile.SYMTYPE, 0, "data"),
        (LONG.rpartition("/")[0], "0o755", tarfile.DIRTYPE, 0, ""),
        (LONG, "0o644", tarfile.REGTYPE, 4, ""),
        ("opt/tool", "0o755", tarfile.REGTYPE, 2, ""),
        ("tmp", "0o1777", tarfile.DIRTYPE, 0, ""),
    ]


def test_a_file_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pack([Entry("a", source=tmp_path / "gone")], tmp_path / "blobs")
    assert list((tmp_path / "blobs").iterdir()) == []
