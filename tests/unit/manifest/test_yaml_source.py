"""YAML that is not YAML, and YAML that is left out: always a place, a line and a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import ManifestError, Position
from mpk_build.manifest.yaml_source import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def shown(tmp_path: Path, data: bytes) -> str:
    file = tmp_path / "mpk.yaml"
    file.write_bytes(data)
    with pytest.raises(ManifestError) as caught:
        read_yaml(file, "mpk.yaml")
    assert caught.value.exit_code == 2
    return caught.value.message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "mpk.yaml:1:1: found nothing; expected a map such as 'name: my-model'"),
        (
            b"# only a comment\n",
            "mpk.yaml:1:1: found nothing; expected a map such as 'name: my-model'\n    1 | # only a comment\n      | ^",
        ),
        (b"\x89PNG\r\n\x1a\n", "mpk.yaml:1:1: this is a binary file, not UTF-8 text; expected YAML"),
        (b"name: a\0b\n", "mpk.yaml:1:1: this is a binary file, not UTF-8 text; expected YAML"),
        (
            b"name: x\n\tmodel: y\n",
            "mpk.yaml:2:1: a tab indents this line; YAML is indented with spaces\n    2 |  model: y\n      | ^",
        ),
        (
            b"name: a\nmodel:\n  x: 1\n  x: 2\n",
            "mpk.yaml:4:3: the key 'x' stands here a second time; the first is in line 3\n    4 |   x: 2\n      |   ^",
        ),
        (
            b"a: &x [1]\nb: *x\n",
            "mpk.yaml:2:4: this is an alias of an anchor; write the value out where it is used\n    2 | b: *x\n      |    ^",
        ),
        (
            b"name: !!python/object/apply:os.system [id]\n",
            "mpk.yaml:1:7: the tag !!python/object/apply:os.system is not allowed; expected plain data\n"
            "    1 | name: !!python/object/apply:os.system [id]\n      |       ^",
        ),
        (b"- a\n- b\n", "mpk.yaml:1:1: found a list; expected a map such as 'name: my-model'\n    1 | - a\n      | ^"),
        (
            b"just text\n",
            "mpk.yaml:1:1: found text; expected a map such as 'name: my-model'\n    1 | just text\n      | ^",
        ),
        (b"? [a]\n: 1\n", "mpk.yaml:1:3: expected a plain text key\n    1 | ? [a]\n      |   ^"),
        (b"x: .inf\n", "mpk.yaml:1:4: .inf is not a number that a manifest can hold\n    1 | x: .inf\n      |    ^"),
        (b"[" * 100_000, "mpk.yaml:1:65: this is nested deeper than 64 levels"),
        (b"a: 1\n" * 300_000, "mpk.yaml:1:1: this file is larger than 1 MiB; expected a manifest"),
    ],
    ids=[
        "empty",
        "comment",
        "png",
        "nul",
        "tab",
        "twice",
        "alias",
        "tag",
        "list",
        "text",
        "key",
        "inf",
        "deep",
        "large",
    ],
)
def test_what_is_no_manifest(tmp_path: Path, data: bytes, message: str) -> None:
    assert shown(tmp_path, data) == message


def test_anchors_that_explode_cost_nothing(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    message = shown(tmp_path, "\n".join(lines).encode())
    assert message.startswith("mpk.yaml:2:10: this is an alias of an anchor; write the value out where it is used")


def test_syntax_errors_have_their_place(tmp_path: Path) -> None:
    message = shown(tmp_path, b"name: [a\nmodel: b\n")
    assert message.startswith("mpk.yaml:2:6: this is not YAML: ")
    assert message.endswith("    2 | model: b\n      |      ^")


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        read_yaml(tmp_path, "mpk.yaml")
    assert caught.value.message == "mpk.yaml: is a directory"


def test_values_and_their_places(tmp_path: Path) -> None:
    file = tmp_path / "mpk.yaml"
    file.write_text("\ufeffa: {b: [1, 2.5, yes, null, 2024-01-01]}\nc: 3.10\n")
    source = read_yaml(file, "m")
    assert source.data == {"a": {"b": [1, 2.5, True, None, "2024-01-01"]}, "c": 3.1}
    assert source.position(("a", "b", 1)) == Position("m", 1, 12)
    assert source.position(("a", "b"), of_key=True) == Position("m", 1, 5)
    assert source.position(("a", "nothing")) == Position("m", 1, 4)
    assert source.raw(("c",)) == "3.10"
