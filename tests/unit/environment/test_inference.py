"""From modules to requirements, on distributions as they are installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from distributions import install

from mpk_build.environment.evidence import Gathering
from mpk_build.environment.inference import Choice, infer, merged, normalised
from mpk_build.environment.installed import Installed
from mpk_build.environment.seen import Module

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.needs import Need


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return tmp_path / "site-packages"


def inferred(modules: list[Module], site: Path) -> tuple[list[Need], list[Module]]:
    """What is needed, and the project's own modules."""
    installed = Installed([str(site)])
    gathering = Gathering(installed, (site.parent / "project",), (3, 11))
    gathering.modules(modules)
    return infer(gathering.result, installed, Choice())[0], gathering.result.own


def test_odd_metadata_is_passed_over_or_read_as_far_as_it_goes(site: Path) -> None:
    for name, metadata in {
        "~uits-1": b"Name: ~uits\nVersion: 1\n",
        "nameless-1": b"Version: 1\n",
        "versionless": b"Name: versionless\n",
        "old-1": b"Name: old\nVersion: 1\nAuthor: J\xe9r\xf4me\nRequires-Dist: what is this\nRequires-Dist: new\n",
        "new-2": b"Name: new\nVersion: 2\n",
    }.items():
        (site / f"{name}.dist-info").mkdir(parents=True)
        (site / f"{name}.dist-info" / "METADATA").write_bytes(metadata)
    (site / "old-1.dist-info" / "RECORD").write_bytes(b"old.py,,\ncaf\xe9.txt,,\n")
    installed = Installed([str(site)])
    assert installed.versions == {"old": "1", "new": "2"}
    assert installed.closure("old") == {"old", "new"}
    assert installed.owners.of_module("old") == ("old",)


def module(site: Path, name: str, file: str, phase: str = "loading") -> Module:
    return Module(name, str(site / file), phase)


def test_of_a_namespace_package_only_the_used_part_counts(site: Path) -> None:
    install(site, "google-auth", "2.0", ["google/auth/__init__.py"])
    install(site, "protobuf", "5.0", ["google/protobuf/__init__.py"])
    needs, own = inferred([module(site, "google.protobuf", "google/protobuf/__init__.py")], site)
    assert [(need.name, need.version) for need in needs] == [("protobuf", "5.0")]
    assert own == []


def test_what_another_requirement_pulls_in_is_left_to_it(site: Path) -> None:
    install(site, "Scikit_Learn", "1.9", ["sklearn/__init__.py"], requires=["numpy>=1", "joblib"])
    install(site, "numpy", "2.0", ["numpy/__init__.py"])
    install(site, "joblib", "1.0", ["joblib/__init__.py"], requires=['psutil; extra == "more"'])
    install(site, "psutil", "6.0", ["psutil/__init__.py"])
    names = ["sklearn", "numpy", "joblib", "psutil"]
    needs, _ = inferred([module(site, name, f"{name}/__init__.py") for name in names], site)
    assert {need.name: need.required_by for need in needs} == {
        "scikit-learn": None,
        "numpy": "scikit-learn",
        "joblib": "scikit-learn",
        "psutil": None,
    }


def test_two_that_require_each_other_are_not_both_left_out(site: Path) -> None:
    install(site, "one", "1", ["one.py"], requires=["two"])
    install(site, "two", "1", ["two.py"], requires=["one"])
    needs, _ = inferred([module(site, "one", "one.py"), module(site, "two", "two.py")], site)
    assert [need.name for need in needs if need.required_by is None] == ["two"]


def test_a_module_of_no_distribution_is_the_projects_own(site: Path, tmp_path: Path) -> None:
    install(site, "pip", "25", ["pip/__init__.py"])
    mine = Module("mine", str(tmp_path / "mine.py"), "loading")
    needs, own = inferred([mine, module(site, "pip", "pip/__init__.py")], site)
    assert (needs, own) == ([], [mine])


def test_modules_that_are_called_otherwise(site: Path) -> None:
    install(site, "opencv-python-headless", "4.8.0.76", ["cv2/__init__.py", "cv2/cv2.abi3.so"])
    install(site, "attrs", "25.1", ["attr/__init__.py", "attrs/__init__.py"])
    assert Installed([str(site)]).by_module() == {
        "cv2": "opencv-python-headless==4.8.0.76",
        "attr": "attrs==25.1",
        "attrs": "attrs==25.1",
    }


def test_what_is_added_replaces_what_was_found_for_the_same_name() -> None:
    assert merged(["scikit-learn==1.9", "pandas==3.1"], ["Scikit_Learn>=1.8", "pyarrow"]) == [
        "pandas==3.1",
        "Scikit_Learn>=1.8",
        "pyarrow",
    ]
    assert normalised("Scikit__Learn.x") == "scikit-learn-x"
