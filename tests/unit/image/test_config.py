"""The image's configuration: how it is run and what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from e2e.image_support import ARCHITECTURE

from mpk_build.image.base import Base
from mpk_build.image.config import Naming, configuration, manifest
from mpk_build.image.descriptors import Layer

if TYPE_CHECKING:
    import pytest

NAMING = Naming("registry.example/team/toy", "toy", "1.2", "A toy.", ("1.2", "latest"), "1000:100", {"owner": "me"})
LAYERS = [Layer("interpreter", "sha256:1", "sha256:2", 3), Layer("code", "sha256:4", "sha256:5", 6)]


def test_on_scratch() -> None:
    assert configuration(Base(), LAYERS, NAMING) == {
        "created": "1970-01-01T00:00:00Z",
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": {
            "User": "1000:100",
            "ExposedPorts": {"8080/tcp": {}},
            "Env": [
                "HOME=/tmp",
                "LANG=C.UTF-8",
                "PATH=/opt/python/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ],
            "Entrypoint": ["/opt/python/bin/python3", "-I", "-B", "/opt/mpk/serve.py"],
            "Cmd": [],
            "WorkingDir": "/opt/model",
            "Labels": {
                "org.opencontainers.image.title": "toy",
                "org.opencontainers.image.version": "1.2",
                "org.opencontainers.image.description": "A toy.",
                "owner": "me",
            },
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:2", "sha256:5"]},
        "history": [
            {"created": "1970-01-01T00:00:00Z", "created_by": "mpk: interpreter"},
            {"created": "1970-01-01T00:00:00Z", "created_by": "mpk: code"},
        ],
    }


def test_a_base_hands_down_variables_labels_and_history(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    settings = {"Env": ["LANG=de_DE", "CUDA=12"], "Labels": {"owner": "them", "kept": "yes"}, "User": "root"}
    below = Layer("base", "sha256:0", "sha256:9", 1)
    history = [{"created_by": "ADD"}, {"created_by": "ENV", "empty_layer": True}]
    base = Base("docker.io/base", "sha256:b", config={"config": settings, "history": history}, layers=(below,))
    document = configuration(base, [below, *LAYERS], NAMING)
    assert document["config"]["Env"][:3] == ["CUDA=12", "HOME=/tmp", "LANG=C.UTF-8"]
    assert document["config"]["Labels"] == {
        "owner": "me",
        "kept": "yes",
        "org.opencontainers.image.title": "toy",
        "org.opencontainers.image.version": "1.2",
        "org.opencontainers.image.description": "A toy.",
        "org.opencontainers.image.base.name": "docker.io/base",
        "org.opencontainers.image.base.digest": "sha256:b",
    }
    assert document["history"] == [
        *history,
        {"created": "1970-01-02T00:00:00Z", "created_by": "mpk: interpreter"},
        {"created": "1970-01-02T00:00:00Z", "created_by": "mpk: code"},
    ]


def test_it_starts_with_the_variables_of_the_endpoint() -> None:
    settings = {"MPK_WORKERS": "2", "LANG": "de_DE.UTF-8"}
    variables = configuration(Base(), LAYERS, replace(NAMING, variables=settings))["config"]["Env"]
    assert variables[1:3] == ["LANG=de_DE.UTF-8", "MPK_WORKERS=2"]


def test_the_manifest_lists_blobs_and_bears_the_standard_labels() -> None:
    config = configuration(Base(), LAYERS, NAMING)
    gzip = "application/vnd.oci.image.layer.v1.tar+gzip"
    docker = replace(LAYERS[0], media_type="application/vnd.docker.image.rootfs.diff.tar.gzip")
    assert manifest(config, "sha256:c", 99, [docker, LAYERS[1]]) == {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:c", "size": 99},
        "layers": [
            {"mediaType": gzip, "digest": "sha256:1", "size": 3},
            {"mediaType": gzip, "digest": "sha256:4", "size": 6},
        ],
        "annotations": {
            "org.opencontainers.image.title": "toy",
            "org.opencontainers.image.version": "1.2",
            "org.opencontainers.image.description": "A toy.",
        },
    }
