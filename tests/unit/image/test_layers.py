"""Layers kept by what they are made from."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from mpk_build.image.entries import Entry
from mpk_build.image.layers import LayerCache

if TYPE_CHECKING:
    from pathlib import Path


def _record(cache: LayerCache) -> Path:
    (record,) = (cache.folder / "layers").iterdir()
    return record


def test_a_layer_is_made_once(tmp_path: Path) -> None:
    cache = LayerCache(tmp_path)
    first = cache.layer("weights", [Entry("a", data=b"1")])
    again = cache.layer("other use", [Entry("a", data=b"1")])
    assert again == replace(first, purpose="other use", cached=True)
    assert cache.layer("weights", [Entry("a", data=b"2")]).cached is False


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty", "gone", "record", "record of another form"])
def test_what_is_damaged_is_made_anew(tmp_path: Path, damage: str) -> None:
    cache = LayerCache(tmp_path)
    first = cache.layer("weights", [Entry("a", data=b"1" * 100)])
    blob = tmp_path / "blobs" / "sha256" / first.digest.removeprefix("sha256:")
    whole = blob.read_bytes()
    if damage == "flipped":
        blob.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    elif damage == "truncated":
        blob.write_bytes(whole[:-1])
    elif damage == "empty":
        blob.write_bytes(b"")
    elif damage == "gone":
        blob.unlink()
    else:
        _record(cache).write_text("{" if damage == "record" else json.dumps({"digest": "x"}))
    assert cache.layer("weights", [Entry("a", data=b"1" * 100)]) == first
    assert blob.read_bytes() == whole


def test_builds_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    entries = [Entry(f"file{number}", data=bytes([number]) * 20_000) for number in range(50)]
    made = []
    threads = [threading.Thread(target=lambda: made.append(LayerCache(tmp_path).layer("x", entries))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({replace(one, cached=False) for one in made}) == 1
    assert len(made) == 8
    assert [path.name for path in (tmp_path / "blobs" / "sha256").iterdir()] == [made[0].digest[7:]]


def test_scratch_goes_when_the_work_fails(tmp_path: Path) -> None:
    cache = LayerCache(tmp_path)
    with pytest.raises(FileNotFoundError):
        cache.layer("x", [Entry("a", source=tmp_path / "gone")])
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
