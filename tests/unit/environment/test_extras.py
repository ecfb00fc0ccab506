"""When an extra is asked for, and when the distribution behind it is named itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from distributions import install

from mpk_build.environment.evidence import Gathered
from mpk_build.environment.inference import Choice, infer
from mpk_build.environment.installed import Installed
from mpk_build.environment.needs import Evidence

if TYPE_CHECKING:
    from pathlib import Path

REQUIRES = [
    "base",
    'fast; extra == "speed"',
    'table; extra == "excel"',
    'sheet; extra == "excel"',
    'fast; extra == "all"',
    'absent; extra == "all"',
    'never; extra == "odd" and sys_platform == "win32"',
]


@pytest.fixture
def installed(tmp_path: Path) -> Installed:
    extras = ["speed", "excel", "all", "odd"]
    install(tmp_path, "library", "1", ["library.py"], requires=REQUIRES, extras=extras)
    install(tmp_path, "sheet", "1", ["sheet.py"], requires=["cells"])
    for name in ("base", "fast", "table", "cells", "never"):
        install(tmp_path, name, "1", [f"{name}.py"])
    return Installed([str(tmp_path)])


def inferred(installed: Installed, names: list[str], direct: set[str]) -> list[tuple[str | None, list[str]]]:
    """Requirement and hows of what is needed where the library imported these, or the project did."""
    result = Gathered(direct={"library", *direct})
    for name in ["library", *names]:
        result.found.add(
            name, Evidence("imported", "loading", name, detail=None if name in result.direct else "library")
        )
        if name != "library":
            result.importers[name] = {"library"}
    needs, _ = infer(result, installed, Choice())
    return [(need.requirement, [one.detail or one.how for one in need.evidence]) for need in needs]


def test_an_extra_whose_all_is_in_use_is_asked_for(installed: Installed) -> None:
    assert inferred(installed, ["base", "fast"], set()) == [
        (None, ["library"]),
        (None, ["library", "library[speed]"]),
        ("library[speed]==1", ["imported"]),
    ]


def test_one_of_which_a_part_is_in_use_is_not(installed: Installed) -> None:
    assert inferred(installed, ["table"], set()) == [
        ("library==1", ["imported"]),
        ("table==1", ["library", "library[excel]"]),
    ]


def test_all_parts_bring_what_they_require_themselves(installed: Installed) -> None:
    assert [one for one, _ in inferred(installed, ["table", "sheet", "fast"], set())] == [
        None,
        "library[excel,speed]==1",
        None,
        None,
    ]


def test_what_the_project_imports_itself_is_named(installed: Installed) -> None:
    assert inferred(installed, ["fast"], {"fast"}) == [("fast==1", ["imported"]), ("library==1", ["imported"])]


def test_markers_hold_where_the_source_environments_python_says(installed: Installed, tmp_path: Path) -> None:
    windows = Installed([str(tmp_path)], {"sys_platform": "win32"})
    assert installed.closure("library", frozenset(("odd",))) == {"library", "base"}
    assert windows.closure("library", frozenset(("odd",))) == {"library", "base", "never"}


def test_extras_of_requirements_count_through_all(tmp_path: Path) -> None:
    install(tmp_path, "top", "1", ["top.py"], requires=["middle[more]"])
    install(tmp_path, "middle", "1", ["middle.py"], requires=['end; extra == "More"'], extras=["More"])
    install(tmp_path, "end", "1", ["end.py"])
    assert Installed([str(tmp_path)]).closure("top") == {"top", "middle", "end"}
