"""To whom a module belongs that only source mentions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from distributions import install

from mpk_build.environment.evidence import Gathering
from mpk_build.environment.installed import Installed
from mpk_build.environment.mentioned import Mentions
from mpk_build.environment.scanning.conditions import Target
from mpk_build.environment.scanning.scan import Mention, Scan

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target((3, 11), {}, frozenset({"os"}))


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """A project beside the model's that is installed so that it can be edited."""
    reference = {"url": (tmp_path / "shared").as_uri(), "dir_info": {"editable": True}}
    install(tmp_path / "site", "shared", "1", ["shared.pth"], further={"direct_url.json": json.dumps(reference)})
    for file in ("shared/src/group/part/__init__.py", "shared/flat.py", "shared/data/words.txt"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("")
    return tmp_path / "shared"


@pytest.mark.parametrize(
    ("module", "given", "needed", "missing"),
    [
        ("group.part.more", [], ["shared"], []),
        ("flat", ["other.py"], ["shared"], []),
        ("flat", ["flat.py"], [], []),
        ("data", [], [], ["data"]),
        ("group.other", [], [], ["group.other"]),
    ],
)
def test_a_project_that_can_be_edited_has_what_its_folder_has(
    shared: Path, module: str, given: list[str], needed: list[str], missing: list[str]
) -> None:
    root = shared.parent / "project"
    gathering = Gathering(
        Installed([str(shared.parent / "site")]), (root,), (3, 11), tuple(shared / one for one in given)
    )
    mentions = Mentions(gathering, TARGET)
    scan = Scan()
    scan.reached.append(Mention((module,), root / "model.py", 3))
    mentions.add(scan)
    assert sorted(gathering.result.found.names()) == needed
    assert [one["module"] for one in mentions.missing] == missing
