"""Unpacking layers as an engine would, and never outside of the folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from e2e.image_support import Layout

from mpk_build.foundation.errors import StageError
from mpk_build.image.unpack import inside, unpack


def listing(root: Path) -> dict[str, str]:
    """Path to content, link's target or nothing for a folder."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.is_symlink():
            found[name] = f"-> {os.readlink(path)}"  # noqa: PTH115 - as it stands
        else:
            found[name] = path.read_text() if path.is_file() else ""
    return found


def test_layers_lie_upon_each_other(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "layout")
    image = layout.image(
        [
            {"a": None, "a/old": b"old", "a/stays": b"stays", "b/x": b"x", "b/y/z": b"z", "lib": "usr/lib", "was": "a"},
            {"a/.wh.old": b"", "b/.wh..wh..opq": b"", "b/new": b"new", "lib/here": b"in usr", "was": b"a file now"},
            {"hard": "=a/stays", "./dot/./file": b"dot"},
        ]
    )
    unpack(layout.index(image), tmp_path / "root")
    assert listing(tmp_path / "root") == {
        "a": "",
        "a/stays": "stays",
        "b": "",
        "b/new": "new",
        "dot": "",
        "dot/file": "dot",
        "hard": "stays",
        "lib": "-> usr/lib",
        "usr": "",
        "usr/lib": "",
        "usr/lib/here": "in usr",
        "was": "a file now",
    }


@pytest.mark.parametrize(
    "members",
    [
        {"../escaped": b"!"},
        {"/../../escaped": b"!"},
        {"way": "../..", "way/escaped": b"!"},
        {"way": "/", "way/../../escaped": b"!"},
        {"a/b": "../../../..", "a/b/escaped": b"!"},
    ],
)
def test_nothing_is_written_outside(tmp_path: Path, members: dict[str, bytes | str]) -> None:
    layout = Layout(tmp_path / "deep" / "layout")
    unpack(layout.index(layout.image([members])), tmp_path / "deep" / "root")
    inside_root = tmp_path / "deep" / "root" / "escaped"
    assert inside_root.read_text() == "!"
    assert [path for path in tmp_path.rglob("escaped") if not path.resolve().samefile(inside_root)] == []


def test_absolute_targets_of_hard_links_stay_inside(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    layout = Layout(tmp_path / "layout")
    image = layout.index(layout.image([{"link": f"={tmp_path}/secret"}]))
    with pytest.raises(FileNotFoundError):
        unpack(image, tmp_path / "root")


def test_links_in_a_circle_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    with pytest.raises(StageError) as raised:
        inside(tmp_path, PurePosixPath("/a/x"))
    assert raised.value.message == "The links of /a/x in the image go round in a circle."
