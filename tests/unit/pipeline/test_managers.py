"""``validate: {manager: ...}``: which environment proves a package, and what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tiny import MANIFEST, build, statuses, write_tiny

from mpk_build.environment.keeping.listing import environments
from mpk_build.report.console import Console

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from mpk_build.pipeline.results import BuildResult, StageResult

# six is in the source environment and, left out by the manifest, not in the lock.
SOURCE = "six==1.16.0\nidna==3.10\n"
MODEL = "def predict(values):\n    import idna\n    return [value + 1 for value in values]\n"
WITHOUT_SIX = "import six\n\n\ndef predict(values):\n    return [value + 1 for value in values]\n"


def built(folder: Path, store: Path, validate: str, model: str = MODEL, pip: str = "[idna]") -> BuildResult:
    requirements = f"{{source: requirements.txt, pip: {pip}}}"
    manifest = MANIFEST.replace("{source: requirements.txt}", requirements) + f"validate: {validate}\n"
    return build(write_tiny(folder, {"mpk.yaml": manifest, "model.py": model, "requirements.txt": SOURCE}), store)


def validation(result: BuildResult) -> StageResult:
    [stage] = [stage for stage in result.stages if stage.stage == "validate"]
    return stage


def test_virtualenv(tmp_path: Path) -> None:
    result = built(tmp_path / "project", tmp_path / "store", "{manager: virtualenv}")
    assert result.error is None
    assert validation(result).facts["manager"] == "virtualenv"
    kept = environments(tmp_path / "store" / "caches" / "environments")
    assert "tiny" in next(one.models for one in kept if one.manager == "virtualenv")


def test_another_manager_is_another_proof(tmp_path: Path) -> None:
    project, store = tmp_path / "project", tmp_path / "store"
    assert built(project, store, "{manager: uv}").error is None
    assert statuses(built(project, store, "{manager: uv}"))["validate"] == "cached"
    again = built(project, store, "{manager: local}")
    assert statuses(again) == {"infer-env": "cached", "package": "cached", "validate": "built"}


def test_local_proves_what_the_source_environment_can_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = built(tmp_path / "alone", tmp_path / "store", "{manager: uv}", WITHOUT_SIX, "[]")
    assert alone.error is not None
    assert "the package needs the module 'six'" in alone.error.message
    result = built(tmp_path / "local", tmp_path / "store", "{manager: local}", WITHOUT_SIX, "[]")
    assert result.error is None
    Console().finished(validation(result))
    assert "predicts the same in the source environment itself, which proves no lock; " in capsys.readouterr().err
