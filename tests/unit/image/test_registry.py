"""Names of images as people write them."""

from __future__ import annotations

import pytest

from mpk_build.foundation.errors import MachineError, StageError
from mpk_build.image.registry import Reference, parse, resolve

DIGEST = f"sha256:{'a1' * 32}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("debian", Reference("registry-1.docker.io", "library/debian", "latest")),
        ("debian:12-slim", Reference("registry-1.docker.io", "library/debian", "12-slim")),
        ("bitnami/python:3.11", Reference("registry-1.docker.io", "bitnami/python", "3.11")),
        ("docker.io/library/debian", Reference("registry-1.docker.io", "library/debian", "latest")),
        ("gcr.io/distroless/base-debian12", Reference("gcr.io", "distroless/base-debian12", "latest")),
        ("localhost:5000/base:tag", Reference("localhost:5000", "base", "tag")),
        ("localhost/base", Reference("localhost", "base", "latest")),
        (f"ghcr.io/a/b:tag@{DIGEST}", Reference("ghcr.io", "a/b", DIGEST)),
    ],
)
def test_references_are_read_as_docker_reads_them(text: str, expected: Reference) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    "text", ["", "Debian", "a b", "debian:", "x@sha256:12", "host.com/", "host.com/../etc", "a:b:c"]
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(StageError) as raised:
        parse(text)
    assert raised.value.message == f"{text!r} is not the name of an image."
    assert raised.value.hint == "Give `scratch`, an OCI layout's folder as ./base, or a name as docker.io/debian:12."


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost:5000", True),
        ("127.0.0.1:5000", True),
        ("127.1.2.3", True),
        ("[::1]:5000", True),
        ("10.0.0.1", False),
    ],
)
def test_only_loopback_goes_without_tls(host: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert Reference(host, "base", "latest").is_loopback is expected


def test_references_are_shown_with_tag_or_digest() -> None:
    assert str(Reference("a.com", "b", "tag")) == "a.com/b:tag"
    assert str(Reference("a.com", "b", DIGEST)) == f"a.com/b@{DIGEST}"


def test_a_registry_that_does_not_answer() -> None:
    with pytest.raises(MachineError) as raised:
        resolve(Reference("127.0.0.1:1", "base", "latest"))
    assert raised.value.message.startswith("The registry 127.0.0.1:1 can't be reached: ")
