"""Given bases: which image of a layout is taken, and what can't be one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from e2e.image_support import ARCHITECTURE, Layout

from mpk_build.foundation.errors import StageError
from mpk_build.image import base as bases

if TYPE_CHECKING:
    from pathlib import Path

HINT = "A base is `scratch`, the folder of an OCI layout as ./base, or a name as docker.io/debian:12."
OTHER = "s390x"


def named(descriptor: dict[str, Any], name: str) -> dict[str, Any]:
    return {**descriptor, "annotations": {"org.opencontainers.image.ref.name": name}}


def test_the_image_for_this_processor_is_taken_out_of_an_index(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "base")
    ours = layout.image([{"usr/bin/python3.11": b""}], Env=["A=1"])
    foreign = layout.image([{"x": b""}], OTHER)
    nested = {"mediaType": "application/vnd.oci.image.index.v1+json", **layout.put(_index(foreign, ours))}
    found = bases.find(str(layout.index(nested)), tmp_path / "cache")
    assert (found.digest, found.name, found.pinned) == (ours["digest"], "", ours["digest"])
    assert found.config["config"] == {"Env": ["A=1"]}
    assert found.python("3.11") == "/usr/bin/python3.11"
    assert found.python("3.12") is None
    assert [(layer.purpose, layer.cached) for layer in found.layers] == [("base", True)]
    # The second time the tree comes from the cache.
    assert bases.find(str(tmp_path / "base"), tmp_path / "cache") == found


def _index(*descriptors: dict[str, Any]) -> bytes:
    import json

    return json.dumps({"schemaVersion": 2, "manifests": descriptors}).encode()


def test_one_of_several_by_its_name(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "base")
    one, two = layout.image([{"one": b""}]), layout.image([{"two": b""}])
    folder = layout.index(named(one, "slim"), named(two, "full"), named(two, "latest"))
    assert bases.find(f"{folder}:full", tmp_path / "cache").digest == two["digest"]
    with pytest.raises(StageError) as raised:
        bases.find(str(folder), tmp_path / "cache")
    assert raised.value.message == f"{folder} holds 2 images for linux/{ARCHITECTURE}; one is needed."
    with pytest.raises(StageError) as raised:
        bases.find(f"{folder}:other", tmp_path / "cache")
    assert raised.value.message == f"{folder} holds no image called 'other' for linux/{ARCHITECTURE}; one is needed."


def test_a_folder_that_is_no_layout(tmp_path: Path) -> None:
    with pytest.raises(StageError) as raised:
        bases.find(str(tmp_path), tmp_path / "cache")
    assert raised.value.message == f"{tmp_path} is not an OCI layout: it has no file oci-layout."
    assert raised.value.hint == HINT


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_layer(tmp_path: Path, damage: str) -> None:
    layout = Layout(tmp_path / "base")
    folder = layout.index(layout.image([{"x": b"x"}]))
    digest = bases.find(str(folder), tmp_path / "cache").layers[0].digest
    blob = layout.blobs / digest[7:]
    if damage == "gone":
        blob.unlink()
    else:
        blob.write_bytes(blob.read_bytes() + b"more")
    with pytest.raises(StageError) as raised:
        bases.find(str(folder), tmp_path / "cache")
    assert raised.value.message == f"Layer {digest} of the base is missing or damaged in {folder}."


def test_an_image_for_another_processor_behind_a_silent_index(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "base")
    foreign = layout.image([{"x": b""}], OTHER)
    del foreign["platform"]
    with pytest.raises(StageError) as raised:
        bases.find(str(layout.index(foreign)), tmp_path / "cache")
    assert raised.value.message == f"The base is for linux/{OTHER}, the image for linux/{ARCHITECTURE}."
