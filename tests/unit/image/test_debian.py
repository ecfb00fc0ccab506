"""Debian's packages by the libraries that they have."""

from __future__ import annotations

import pytest

from mpk_build.image.debian import package_of


@pytest.mark.parametrize(
    ("library", "package"),
    [
        ("libGL.so.1", "libgl1"),
        ("libgomp.so.1", "libgomp1"),
        ("libgthread-2.0.so.0", "libglib2.0-0"),
        ("libz.so.1", "zlib1g"),
        ("libnobody-has-it.so.7", None),
        ("", None),
    ],
)
def test_packages_are_named_by_library(library: str, package: str | None) -> None:
    assert package_of(library) == package
