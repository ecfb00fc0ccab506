"""What a model does without, tried: real wheels, real processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tiny import MANIFEST, build, write_tiny

from mpk_build.environment.mirroring import mirror

if TYPE_CHECKING:
    from pathlib import Path

# markdown-it-py requires mdurl; beautifulsoup4 imports html5lib and lxml where they are installed.
SOURCE = "beautifulsoup4==4.12.3\nsoupsieve==2.5\nhtml5lib==1.1\nsix==1.16.0\nwebencodings==0.5.1\n"
MODEL = """
import bs4

def predict(values):
    return [bs4.BeautifulSoup(f"<b>{value}", "PARSER").get_text() for value in values]
"""


def facts(tmp_path: Path, parser: str, requirements: str = "{source: requirements.txt}") -> dict[str, Any]:
    files = {
        "mpk.yaml": MANIFEST.replace("{source: requirements.txt}", requirements),
        "requirements.txt": SOURCE,
        "model.py": MODEL.replace("PARSER", parser),
    }
    result = build(write_tiny(tmp_path / "project", files), tmp_path / "store")
    assert result.error is None, result.error
    stage = result.stage("infer-env")
    assert stage is not None
    return stage.facts


def test_what_is_imported_because_it_is_there_is_left_out(tmp_path: Path) -> None:
    found = facts(tmp_path, "html.parser")
    assert found["requirements"] == ["beautifulsoup4==4.12.3"]
    assert found["left_out"] == [
        {
            "name": "html5lib",
            "why": "optional for beautifulsoup4, and the model predicts the same without it",
            "evidence": [{"how": "imported", "phase": "loading", "module": "html5lib", "detail": "beautifulsoup4"}],
        }
    ]
    assert [(need["name"], need["required_by"]) for need in found["needs"]] == [
        ("beautifulsoup4", None),
        ("soupsieve", "beautifulsoup4"),
    ]


@pytest.mark.parametrize(
    ("requirements", "expected"),
    [
        ("{source: requirements.txt}", ["beautifulsoup4[html5lib]==4.12.3"]),
        ("{source: requirements.txt, extra: [html5lib<2]}", ["beautifulsoup4[html5lib]==4.12.3", "html5lib<2"]),
    ],
)
def test_what_the_model_fails_without_is_asked_for(tmp_path: Path, requirements: str, expected: list[str]) -> None:
    assert facts(tmp_path, "html5lib", requirements)["requirements"] == expected


def test_a_mirror_lacks_what_is_hidden_and_nothing_else(tmp_path: Path) -> None:
    site = tmp_path / "site"
    for file in ("a/one.py", "a/two.py", "b/only.py", "b/__pycache__/only.pyc", "c/kept.py", "single.py"):
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).write_text(file)
    hidden = {str(site.resolve() / file) for file in ("a/one.py", "b/only.py")}
    mirror(site, hidden, tmp_path / "mirror")
    found = sorted(str(path.relative_to(tmp_path / "mirror")) for path in (tmp_path / "mirror").rglob("*"))
    assert found == ["a", "a/two.py", "c", "single.py"]
    assert (tmp_path / "mirror" / "c" / "kept.py").read_text() == "c/kept.py"
