"""What the fields of ``requirements`` mean: as the documents of MLflow have it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import MANIFEST, build, write_tiny

from mpk_build.environment import lockfile

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.pipeline.results import BuildResult

# The model imports dateutil, which pulls in six; the source environment has both, at these versions.
SOURCE = "python-dateutil==2.8.2\nsix==1.15.0\npackaging==24.0\n"
MODEL = "import dateutil.parser\n\ndef predict(values):\n    return [dateutil.parser.parse(str(2000 + value)).year for value in values]\n"


def built(
    tmp_path: Path, requirements: str, files: dict[str, str] | None = None
) -> tuple[BuildResult, list[str], dict[str, str]]:
    manifest = MANIFEST.replace("{source: requirements.txt}", requirements)
    project = write_tiny(
        tmp_path / "project", {"mpk.yaml": manifest, "model.py": MODEL, "requirements.txt": SOURCE, **(files or {})}
    )
    result = build(project, tmp_path / "store")
    if result.error is not None:
        return result, [], {}
    lines = (project / "dist" / "model" / "requirements.txt").read_text().splitlines()
    return result, lines, lockfile.parse((project / "pylock.tiny.toml").read_text(), "").versions


def test_found_at_the_versions_of_the_source_environment(tmp_path: Path) -> None:
    result, lines, locked = built(tmp_path, "{source: requirements.txt}")
    assert result.error is None
    assert lines == ["python-dateutil==2.8.2"]
    assert locked == {"python-dateutil": "2.8.2", "six": "1.15.0"}


@pytest.mark.parametrize(
    ("requirements", "lines", "locked"),
    [
        (
            "{source: requirements.txt, pip: [python-dateutil]}",
            ["python-dateutil"],
            {"python-dateutil": "2.8.2", "six": "1.15.0"},
        ),
        (
            "{source: requirements.txt, extra: [packaging]}",
            ["python-dateutil==2.8.2", "packaging"],
            {"packaging": "24.0", "python-dateutil": "2.8.2", "six": "1.15.0"},
        ),
        (
            "{source: requirements.txt, extra: ['python_dateutil<2.9']}",
            ["python_dateutil<2.9"],
            {"python-dateutil": "2.8.2", "six": "1.15.0"},
        ),
        (
            "{source: requirements.txt, override: ['six<1.15']}",
            ["python-dateutil==2.8.2"],
            {"python-dateutil": "2.8.2", "six": "1.14.0"},
        ),
        (
            "{source: requirements.txt, constraints: bounds.txt}",
            ["python-dateutil==2.8.2", "-c constraints.txt"],
            {"python-dateutil": "2.8.2", "six": "1.16.0"},
        ),
    ],
    ids=["pip", "extra", "extra of a found name", "override", "constraints"],
)
def test_each_field(tmp_path: Path, requirements: str, lines: list[str], locked: dict[str, str]) -> None:
    result, *found = built(tmp_path, requirements, {"bounds.txt": "six==1.16.0\n"})
    assert result.error is None
    assert found == [lines, locked]


def test_the_lock_says_what_moved_away_from_the_source_environment(tmp_path: Path) -> None:
    result, *_ = built(tmp_path, "{source: requirements.txt, override: ['six<1.15']}")
    assert result.stages[0].facts["moved"] == [{"name": "six", "before": "1.15.0", "after": "1.14.0"}]


def test_what_is_given_too_short_fails_in_validation_and_says_what_to_type(tmp_path: Path) -> None:
    result, *_ = built(tmp_path, "{source: requirements.txt, pip: [packaging]}")
    assert result.error is not None
    assert (result.error.message, result.error.hint) == (
        "the package needs the module 'dateutil.parser' while it loaded, and its environment does not have it",
        "mpk validate --override 'python-dateutil==2.8.2' --write",
    )


def test_a_version_that_no_index_has(tmp_path: Path) -> None:
    result, *_ = built(tmp_path, "{source: requirements.txt, extra: ['six==1.99.1']}")
    assert result.error is not None
    assert (result.error.message, result.error.hint) == (
        "no index has six==1.99.1; the nearest version is 1.17.0",
        "write 'six==1.17.0' in the manifest",
    )


def test_an_environment_that_exists_is_used_as_it_is(tmp_path: Path) -> None:
    _, _, locked = built(tmp_path, "{source: requirements.txt}")
    [python] = [
        path for path in (tmp_path / "store" / "caches" / "environments").glob("*/bin/python") if _has(path, "dateutil")
    ][:1]
    other = tmp_path / "other"
    result, lines, again = built(other, f"{{source: '{python.parent.parent}'}}")
    assert result.error is None
    assert (lines, again) == (["python-dateutil==2.8.2"], locked)


def _has(python: Path, module: str) -> bool:
    return any(python.parent.parent.glob("lib/python*/site-packages/packaging-24.0.dist-info")) and any(
        python.parent.parent.glob(f"lib/python*/site-packages/{module}")
    )
