"""What the documents for contributors say is what the project is."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), PROJECT / "data/README.md"])


def test_the_picture_of_the_arrows_shows_the_layers_that_are_enforced() -> None:
    configuration = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    [layers] = [one for one in configuration["tool"]["importlinter"]["contracts"] if one["type"] == "layers"]
    picture = re.findall(r"^      \| (\w+)  ", (PROJECT / "CONTRIBUTING.md").read_text(), re.MULTILINE)
    assert picture == [room for floor in layers["layers"] for room in floor.split(" : ")]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_links_inside_the_project_lead_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith(("http:", "https:", "mailto:"))]
    assert [link for link in local if not (document.parent / link).exists()] == []
