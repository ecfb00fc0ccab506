"""The image's configuration: how it is run and what it says of itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from e2e.image_support import ARCHITECTURE

from mpk_build.foundation.errors import ManifestError, UsageError
from mpk_build.image.base import Base
from mpk_build.image.config import Naming, configuration, created, manifest
from mpk_build.image.descriptors import Layer

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


@pytest.mark.parametrize("text", ["tomorrow", "1e9", "9" * 30, ""])
def test_a_source_date_epoch_that_is_no_number(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", text)
    with pytest.raises(UsageError) as raised:
        created()
    assert raised.value.message == f"SOURCE_DATE_EPOCH is {text!r}, not a number of seconds."


@pytest.mark.parametrize("user", ["0", "root", "0:0", "-1", "", "65532:x", "1 2"])
def test_users_have_to_be_numbers_and_not_root(user: str) -> None:
    with pytest.raises(ManifestError) as raised:
        replace(NAMING, user=user).check()
    assert raised.value.message == f"targets.image.user is {user!r}; it has to be a number, and not that of root."
    assert raised.value.hint == 'Write for example user: "65532", or "1000:1000" with a group.'


@pytest.mark.parametrize("name", ["Toy", "", "a//b", "-a", "a b", "a:b:c"])
def test_names_have_to_be_those_of_images(name: str) -> None:
    with pytest.raises(ManifestError) as raised:
        replace(NAMING, name=name).check()
    assert raised.value.message == (
        f"targets.image.name is {name!r}; it has to be small letters and digits, with . _ - /."
    )


@pytest.mark.parametrize("name", ["toy", "localhost:5000/a/b__c", "registry.example.com/team/toy-1.x"])
def test_good_names_pass(name: str) -> None:
    replace(NAMING, name=name).check()


def test_a_tag_that_no_engine_takes() -> None:
    with pytest.raises(ManifestError) as raised:
        replace(NAMING, tags=("ok", "a b")).check()
    assert raised.value.message == "targets.image.tags has 'a b'; a tag is of letters, digits, . _ and -."
