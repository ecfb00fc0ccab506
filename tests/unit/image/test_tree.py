"""Layers taken together: whiteouts, links, and which libraries a loader would find."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e.image_support import layer

from mpk_build.foundation.errors import StageError
from mpk_build.image.tree import Tree, of_layers

LIBC = next(path for path in Path("/").glob("lib*/**/libc.so.6"))


def test_upper_layers_take_away_and_replace(tmp_path: Path) -> None:
    lower = layer(tmp_path / "1", {"./a/one": b"1", "./a/two": b"2", "b/x/y": b"3", "b/z": b"4", "c": "a", "keep": b""})
    upper = layer(
        tmp_path / "2",
        {"a/.wh.one": b"", "b/.wh..wh..opq": b"", "b/new": b"", "c": b"now a file", ".wh.absent": b""},
        compress=False,
    )
    tree = of_layers([lower, upper])
    assert sorted(tree.paths) == ["a/two", "b/new", "c", "keep"]
    assert tree.links == {}


def test_links_are_followed_as_in_the_image(tmp_path: Path) -> None:
    tree = of_layers(
        [
            layer(
                tmp_path / "1",
                {"lib": "usr/lib", "usr/lib/real": b"", "opt/up": "../usr", "abs": "/lib/real", "loop": "loop"},
            )
        ]
    )
    assert tree.resolve("/lib/real") == "usr/lib/real"
    assert tree.resolve("opt/up/lib/./real") == "usr/lib/real"
    assert tree.holds("abs")
    assert not tree.holds("loop/x")
    assert not tree.holds("../../etc/passwd")


def test_libraries_are_found_where_the_loader_looks(tmp_path: Path) -> None:
    libc = LIBC.read_bytes()
    tree = of_layers(
        [
            layer(
                tmp_path / "1",
                {
                    "lib": "usr/lib",
                    "usr/lib/x86_64-linux-gnu/libreal.so.1.2": libc,
                    "usr/lib/x86_64-linux-gnu/libreal.so.1": "libreal.so.1.2",
                    "usr/lib/x86_64-linux-gnu/libhard.so.3": "=usr/lib/x86_64-linux-gnu/libreal.so.1.2",
                    "usr/lib/x86_64-linux-gnu/libtext.so.1": b"INPUT(libreal.so.1)",
                    "opt/vendor/libfar.so.1": libc,
                    "opt/more/libmore.so.1": libc,
                    "etc/ld.so.conf.d/more.conf": b"# more\n/opt/more\n",
                },
            )
        ]
    )
    again = Tree.from_data(json.loads(json.dumps(tree.as_data())))
    assert again == tree
    for name in ("libreal.so.1", "libreal.so.1.2", "libhard.so.3", "libmore.so.1"):
        found = again.library(name)
        assert found is not None, name
        assert "GLIBC_2.2.5" in found.provides or "GLIBC_2.17" in found.provides
    assert [again.library(name) for name in ("libtext.so.1", "libfar.so.1", "libabsent.so")] == [None] * 3
    assert again.library_folder("libreal.so.1") == "usr/lib/x86_64-linux-gnu"


def test_a_layer_that_is_no_tar_is_an_error_with_its_digest(tmp_path: Path) -> None:
    blob = tmp_path / ("0" * 64)
    blob.write_bytes(b"\x28\xb5\x2f\xfd zstd")
    with pytest.raises(StageError) as raised:
        of_layers([blob])
    assert raised.value.message.startswith(f"Layer sha256:{'0' * 64} of the base image can't be read: ")
    assert raised.value.hint == "Layers must be tar, plain or compressed by gzip; zstd is not read yet."
