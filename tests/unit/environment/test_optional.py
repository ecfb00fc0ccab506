"""What a model does without, tried: real wheels, real processes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from distributions import install
from tiny import MANIFEST, build, write_tiny

from mpk_build.environment.capturing import SourceProject
from mpk_build.environment.evidence import Gathered
from mpk_build.environment.installed import Installed
from mpk_build.environment.mirroring import mirror
from mpk_build.environment.needs import Evidence
from mpk_build.environment.observing import Made, Model, Observation, Watching
from mpk_build.environment.optional import Trials
from mpk_build.environment.scanning.conditions import Target

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    (tmp_path / "model.py").write_text("def predict(values):\n    return values\n")
    project = SourceProject(Path(sys.executable), tmp_path, (tmp_path,), ())
    with Watching(project, Model(Made("model:predict"), {}, {}, {}, {"data": [1]}), tmp_path / "saved") as watching:
        yield watching


def test_what_is_seen_without_some_files_lies_where_they_lie(watching: Watching) -> None:
    seen = watching.observe(60, 60)
    again = watching.without(seen.site, set())
    assert again is not None
    assert again.site == seen.site


def test_trials_end_when_their_time_is_over(watching: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = watching.observe(60, 60)
    moments = iter((0.0, 0.0, 61.0))
    with monkeypatch.context() as patched:
        patched.setattr("mpk_build.environment.observing.time", type("Clock", (), {"monotonic": lambda: next(moments)}))
        assert watching.without(seen.site, set()) is not None
    assert watching.without(seen.site, set()) is None


def tried(tmp_path: Path, predictions: list[int] | None, repeats: list[Any]) -> tuple[int, Gathered]:
    """How often a model was tried that imports ``part`` whatever is hidden, and what is left."""
    install(tmp_path, "part", "1", ["part.py"])
    capture = {"predictions": predictions, "repeats": repeats}
    seen = Observation(capture, [], [], (), (), Target((3, 11), {}, frozenset()), [], [], [])
    times: list[int] = []

    def gather(_seen: Observation) -> Gathered:
        gathered = Gathered()
        gathered.found.add("part", Evidence("imported", "loading", "part"))
        return gathered

    def without(files: set[str]) -> Observation:
        assert files == {str(tmp_path.resolve() / "part.py")}
        assert not times, "it is tried again and again"
        times.append(1)
        return seen

    trials = Trials(seen, gather, without, Installed([str(tmp_path)]))
    trials.run()
    return len(times), trials.gathered


def test_what_can_not_be_hidden_is_needed(tmp_path: Path) -> None:
    times, left = tried(tmp_path, [1], [])
    assert times == 1
    assert "part" in left.found
    assert left.left_out == {}


@pytest.mark.parametrize(("predictions", "repeats"), [(None, []), ([1], [[2]])])
def test_nothing_is_tried_where_no_prediction_could_tell(
    tmp_path: Path, predictions: list[int] | None, repeats: list[Any]
) -> None:
    times, left = tried(tmp_path, predictions, repeats)
    assert times == 0
    assert "part" in left.found
