"""Misses and surplus, counted in a real environment, and the table of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from corpus import environments
from corpus.counting import Count, count
from corpus.projects import load_projects
from corpus.tables import markdown

if TYPE_CHECKING:
    from pathlib import Path

(PROJECT,) = load_projects(("extra-yaml",))


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("counting")
    return environments.make(folder / "environment", folder, PROJECT.installed)


@pytest.mark.parametrize(
    ("found", "missed", "surplus", "redundant"),
    [
        (["msgspec[yaml]==0.22.0"], (), (), ()),
        (["PyYAML==6.0.3", "msgspec==0.22.0"], (), (), ()),
        (["msgspec==0.22.0"], ("msgspec[yaml]",), (), ()),
        (["msgspec[toml,yaml]==0.22.0"], (), ("msgspec[toml,yaml]==0.22.0",), ()),
        (["msgspec[yaml]", "tomli_w==1.2.0"], (), ("tomli_w==1.2.0",), ()),
        (["msgspec[yaml]", "pyyaml", "msgspec"], (), (), ("pyyaml", "msgspec")),
        (["msgspec[yaml] @ file:///a/b.whl"], (), (), ()),
        ([], ("msgspec[yaml]",), (), ()),
    ],
)
def test_what_would_be_installed_counts(
    found: list[str], missed: tuple[str, ...], surplus: tuple[str, ...], redundant: tuple[str, ...], interpreter: Path
) -> None:
    assert count(PROJECT, found, interpreter) == Count("extra-yaml", missed, surplus, redundant)


def test_what_is_credited_is_no_miss_and_no_surplus(interpreter: Path) -> None:
    found = count(PROJECT, ["msgspec", "tomli-w"], interpreter, credited=frozenset({"pyyaml", "tomli-w"}))
    assert found == Count("extra-yaml", (), (), ())


def test_the_table_has_what_is_wrong_and_the_sums() -> None:
    fine, wrong = Count("a", (), (), ()), Count("b", ("x",), ("y==1", "z"), (), "it\nfailed")
    assert markdown({"mpk": [fine, wrong], "other": [fine, fine]}).splitlines() == [
        "| project | tool | missed | surplus | redundant | error |",
        "|---|---|---|---|---|---|",
        "| b | mpk | x | y==1, z |  | it failed |",
        "| **all 2** | mpk | 1 | 2 | 0 | 1 |",
        "| **all 2** | other | 0 | 0 | 0 | 0 |",
    ]
