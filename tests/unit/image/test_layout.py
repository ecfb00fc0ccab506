"""Layouts: written, read again, described, and made into what engines load."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING

import pytest
from e2e.image_support import ARCHITECTURE, Layout

from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.image import layout as layouts
from mpk_build.image.archive import docker_archive
from mpk_build.image.base import Base
from mpk_build.image.config import Naming
from mpk_build.image.entries import Entry
from mpk_build.image.layers import LayerCache

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def written(tmp_path: Path) -> tuple[Path, layouts.Image]:
    cache = LayerCache(tmp_path / "cache")
    layers = [cache.layer("weights", [Entry("w", data=b"1")]), cache.layer("code", [Entry("c", data=b"2")])]
    naming = Naming("team/toy", "toy", "1.0", tags=("1.0", "latest"))
    return tmp_path / "layout", layouts.write(tmp_path / "layout", Base(), layers, cache.folder, naming)


def test_what_is_written_is_read_and_described(written: tuple[Path, layouts.Image]) -> None:
    folder, image = written
    assert layouts.read(folder) == image
    assert layouts.describe(folder) == {
        "digest": image.digest,
        "config": image.config_digest,
        "size": sum(path.stat().st_size for path in (folder / "blobs" / "sha256").iterdir()),
        "platform": f"linux/{ARCHITECTURE}",
        "created": "1970-01-01T00:00:00Z",
        "names": ["docker.io/team/toy:1.0", "docker.io/team/toy:latest"],
        "user": "65532",
        "entrypoint": ["/opt/python/bin/python3", "-I", "-B", "/opt/mpk/serve.py"],
        "working_dir": "/opt/model",
        "labels": {"org.opencontainers.image.title": "toy", "org.opencontainers.image.version": "1.0"},
        "layers": [
            {
                "purpose": purpose,
                "digest": image.manifest["layers"][at]["digest"],
                "diff_id": image.config["rootfs"]["diff_ids"][at],
                "size": image.manifest["layers"][at]["size"],
            }
            for at, purpose in enumerate(["weights", "code"])
        ],
    }


def test_the_archive_is_a_layout_and_what_docker_asks_for(written: tuple[Path, layouts.Image]) -> None:
    folder, image = written
    data = b"".join(docker_archive(folder, image, ["team/toy:1.0"]))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        members = {one.name: tar.extractfile(one) for one in tar}
        content = {name: file.read() for name, file in members.items() if file}
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    manifest = json.loads(content.pop("manifest.json"))
    assert content == files
    blob = "blobs/sha256/"
    assert manifest == [
        {
            "Config": blob + image.config_digest[7:],
            "RepoTags": ["team/toy:1.0"],
            "Layers": [blob + one["digest"][7:] for one in image.manifest["layers"]],
        }
    ]


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        layouts.read(tmp_path)
    assert raised.value.message == f"{tmp_path} is not an OCI layout: it has no file oci-layout."
    assert raised.value.hint == "`mpk build` writes one."


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_damaged_manifest(written: tuple[Path, layouts.Image], damage: str) -> None:
    folder, image = written
    blob = folder / "blobs" / "sha256" / image.digest[7:]
    if damage == "gone":
        blob.unlink()
        expected = f"{blob} can't be read: [Errno 2] No such file or directory: '{blob}'."
    else:
        blob.write_text("{}")
        expected = f"{blob} is not what its name says; the image is damaged."
    with pytest.raises(StageError) as raised:
        layouts.read(folder)
    assert raised.value.message == expected


def test_a_digest_never_becomes_a_path_outside(tmp_path: Path) -> None:
    made = Layout(tmp_path / "layout")
    evil = {
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "digest": "sha256:../../../etc/passwd",
        "size": 1,
    }
    with pytest.raises(StageError) as raised:
        layouts.read(made.index(evil))
    assert raised.value.message == "'sha256:../../../etc/passwd' is not a sha256 digest."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("toy:1", "docker.io/library/toy:1"),
        ("team/toy:1", "docker.io/team/toy:1"),
        ("localhost:5000/toy:1", "localhost:5000/toy:1"),
        ("ghcr.io/team/toy:1", "ghcr.io/team/toy:1"),
    ],
)
def test_full_names(name: str, expected: str) -> None:
    assert layouts.full_name(name) == expected
