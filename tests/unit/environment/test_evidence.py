"""Which imports and uses speak for a distribution, and what is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from distributions import install

from mpk_build.environment.evidence import Gathered, Gathering
from mpk_build.environment.installed import Installed
from mpk_build.environment.seen import Module, Use

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def site(tmp_path: Path) -> Path:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    install(
        site,
        "library",
        "1",
        ["library/__init__.py"],
        texts={
            "library/__init__.py": "try:\n    import setuptools\nexcept ImportError:\n    pass\nimport setuptools\n"
        },
    )
    install(
        site, "other", "2", ["other/__init__.py", "other/words.txt", "other.libs/libother.so", "../../../bin/other"]
    )
    install(site, "setuptools", "80", ["setuptools/__init__.py", "distutils/__init__.py"])
    return site


def gathered(site: Path, modules: list[Module], uses: list[Use] | None = None) -> Gathered:
    gathering = Gathering(Installed([str(site)]), (site.parents[2] / "project",), (3, 11))
    gathering.modules(modules)
    gathering.uses(uses or [])
    return gathering.result


def imported(site: Path, name: str, by: str | None, line: int = 1) -> Module:
    """A module that was imported by a file below the folder that all lie in."""
    place = None if by is None else str(site.parents[2] / by)
    return Module(name, str(site / name.replace(".", "/") / "__init__.py"), "loading", place, line)


def shown(result: Gathered) -> dict[str, list[dict[str, Any]]]:
    return {name: [one.document() for one in result.found.of(name)] for name in sorted(result.found.names())}


LIBRARY = "lib/python3.11/site-packages/library/__init__.py"


def test_who_imported_it_is_told(site: Path) -> None:
    modules = [
        imported(site, "library", "project/app/model.py", 3),
        imported(site, "other", LIBRARY, 2),
    ]
    result = gathered(site, modules)
    assert shown(result) == {
        "library": [{"how": "imported", "phase": "loading", "module": "library", "file": "app/model.py", "line": 3}],
        "other": [{"how": "imported", "phase": "loading", "module": "other", "detail": "library"}],
    }
    assert (result.direct, result.rooted, result.importers) == ({"library"}, {"library"}, {"other": {"library"}})


def test_what_imports_only_itself_was_there_before(site: Path) -> None:
    modules = [imported(site, "library", LIBRARY), imported(site, "other", LIBRARY)]
    assert shown(gathered(site, modules)) == {}


def test_what_only_a_tool_imported_goes_with_it(site: Path) -> None:
    setuptools = "lib/python3.11/site-packages/setuptools/__init__.py"
    modules = [imported(site, "distutils", "project/model.py"), imported(site, "other", setuptools)]
    assert shown(gathered(site, modules)) == {}


@pytest.mark.parametrize(("line", "counts"), [(2, False), (5, True)])
def test_a_tool_counts_where_nothing_goes_on_without_it(site: Path, line: int, counts: bool) -> None:  # noqa: FBT001
    modules = [imported(site, "library", "project/model.py"), imported(site, "setuptools", LIBRARY, line)]
    result = gathered(site, modules)
    assert ("setuptools" in result.found, "setuptools" in result.left_out) == (counts, not counts)


def test_the_projects_own_look_at_a_version_counts_and_a_librarys_does_not(site: Path) -> None:
    root = site.parents[2]
    library = [imported(site, "library", "project/model.py")]
    own = Use("asked", "predicting", name="Other", by=str(root / "project/model.py"), line=7)
    theirs = Use("asked", "predicting", name="other", by=str(root / LIBRARY), line=7)
    assert shown(gathered(site, library, [own]))["other"] == [
        {"how": "metadata", "phase": "predicting", "file": "model.py", "line": 7}
    ]
    result = gathered(site, library, [theirs])
    assert ("other" in result.found, result.left_out["other"].why) == (
        False,
        "only its version was asked for, by library",
    )


@pytest.mark.parametrize(
    ("how", "file", "evidence"),
    [
        ("library", "other.libs/libother.so", {"how": "library", "phase": "loading", "detail": "libother.so"}),
        ("file", "other/words.txt", {"how": "metadata", "phase": "loading", "detail": "words.txt"}),
        ("program", "../../../bin/other", {"how": "program", "phase": "loading", "detail": "other"}),
    ],
)
def test_what_is_used_without_an_import_counts(site: Path, how: str, file: str, evidence: dict[str, str]) -> None:
    place = (site / file).resolve()
    assert shown(gathered(site, [], [Use(how, "loading", file=str(place))])) == {"other": [evidence]}
    # Of what is imported as well, that says it all.
    found = shown(gathered(site, [imported(site, "other", None)], [Use(how, "loading", file=str(place))]))
    assert [one["how"] for one in found["other"]] == ["imported"]


def test_an_entry_point_speaks_for_the_distribution_that_declares_it(site: Path) -> None:
    install(site, "plug", "1", [], further={"entry_points.txt": "[things]\nfirst = other:run\n"})
    point = {"group": "things", "name": "first", "value": "other:run"}
    module = Module("other", str(site / "other/__init__.py"), "loading", str(site.parents[2] / LIBRARY), 9, point)
    found = shown(gathered(site, [imported(site, "library", None), module]))
    assert found["plug"] == [
        {"how": "plugin", "phase": "loading", "module": "other", "detail": "things: first = other:run"}
    ]
    assert found["other"] == [{"how": "imported", "phase": "loading", "module": "other", "detail": "library"}]
