"""The lock of the front's libraries is in step with what is asked for, on every Python that a model may have."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from support import PROJECT

FOLDER = PROJECT / "mpk_build" / "endpoint"
PYTHONS = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14"]
HOST_PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def asked() -> list[Requirement]:
    lines = (FOLDER / "server.in").read_text().splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def lock() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "pylock.server.toml").read_text())


def versions(python: str) -> dict[str, str]:
    """What the lock installs on Linux with that Python: name to version."""
    environment = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
    }
    found: dict[str, str] = {}
    for package in lock()["packages"]:
        if "marker" not in package or Marker(package["marker"]).evaluate(environment):
            assert package["name"] not in found, f"two versions of {package['name']} on {python}"
            found[package["name"]] = package["version"]
    return found


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_has_what_is_asked_for(python: str) -> None:
    found = versions(python)
    for requirement in asked():
        assert requirement.specifier.contains(found[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("python", HOST_PYTHONS)
def test_the_lock_has_what_mpk_itself_asks_for(python: str) -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    ranges = {one.name: one.specifier for one in map(Requirement, project["dependencies"])}
    found = versions(python)
    for requirement in asked():
        assert ranges[requirement.name].contains(found[requirement.name]), (requirement.name, python)


def test_the_lock_is_for_python_3_8_and_every_file_in_it_has_a_hash() -> None:
    document = lock()
    assert (document["lock-version"], document["requires-python"]) == ("1.0", ">=3.8")
    for package in document["packages"]:
        for file in [*package["wheels"], package["sdist"]]:
            assert set(file["hashes"]) == {"sha256"}


def test_every_library_is_pure_python() -> None:
    for package in lock()["packages"]:
        names = [wheel["url"].rpartition("/")[2] for wheel in package["wheels"]]
        assert all(name.endswith("-none-any.whl") for name in names), names
