"""What of a project's code a real build packages, when it builds again, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import MANIFEST, MODEL, build, ran, write_tiny

from mpk_build.foundation.errors import StageError
from mpk_build.package.secrets.scanning import fingerprint
from mpk_build.pipeline.options import Options
from mpk_build.report.documents import build_document, printed

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.pipeline.results import BuildResult

UNTIL = Options(until="package")
KEY = "AKIA" + "IOSFODNN7REALKEY"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def with_model(fields: str) -> str:
    return MANIFEST.replace('"model:predict"', f'"model:predict", {fields}')


def code(folder: Path) -> list[str]:
    root = folder / "dist" / "model" / "code"
    files = sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return [name for name in files if name != "mpk_python_model.py"]


def error(result: BuildResult) -> tuple[str, tuple[str, ...]]:
    assert isinstance(result.error, StageError), result.error
    return result.error.message, result.error.evidence


def test_the_whole_project_as_code_paths_is_built_once(tmp_path: Path, store: Path) -> None:
    files = {
        "notes/a.md": "x",
        "tests/test_model.py": "",
        ".venv/pyvenv.cfg": "",
        "data.csv": "1",
        ".mpkignore": "*.csv",
    }
    project = write_tiny(tmp_path / "project", {"mpk.yaml": with_model("code_paths: [.]"), **files})
    result = build(project, store, UNTIL)
    assert result.error is None
    assert code(project) == ["model.py", "notes/a.md", "requirements.txt"]
    facts = result.stages[1].facts
    assert facts["code"] == {"model.py": "imported", "notes/a.md": "code_paths", "requirements.txt": "code_paths"}
    assert facts["left_out"] == {
        ".mpkignore": "mpk's own files",
        ".venv": "an environment",
        "data.csv": ".mpkignore:1 ('*.csv')",
        "mpk.yaml": "mpk's own files",
        "pylock.tiny.toml": "mpk's own files",
        "tests": "tests",
    }
    assert ran(build(project, store, UNTIL)) == []
    (project / "data.csv").write_text("2")
    (project / "tests" / "test_model.py").write_text("assert True")
    assert ran(build(project, store, UNTIL)) == []
    (project / ".mpkignore").write_text("*.md")
    assert "package" in ran(build(project, store, UNTIL))
    assert code(project) == ["data.csv", "model.py", "requirements.txt"]


def test_code_paths_alone_where_nothing_is_inferred(tmp_path: Path, store: Path) -> None:
    manifest = with_model("code_paths: [model.py], infer_code_paths: false")
    model = "def predict(values):\n    import helper\n    return values\n"
    project = write_tiny(tmp_path / "project", {"mpk.yaml": manifest, "model.py": model, "helper.py": ""})
    result = build(project, store, UNTIL)
    assert result.error is None
    assert code(project) == ["model.py"]
    assert result.stages[1].facts["left_out"] == {"helper.py": "infer_code_paths is false"}


def test_a_secret_stops_the_build_until_it_is_gone_or_allowed(tmp_path: Path, store: Path) -> None:
    artifact = {"keys/a.txt": f"{KEY}\n"}
    manifest = with_model("artifacts: {keys: keys}, config: {password: hunter22}")
    project = write_tiny(
        tmp_path / "project", {"mpk.yaml": manifest, "model.py": f"{MODEL}KEY = '{KEY}'\n", **artifact}
    )
    message, evidence = error(build(project, store, UNTIL))
    assert message == "the package would hold 3 times what looks like a secret"
    assert evidence == (
        f"model.py:3: AWS Access Key, fingerprint {fingerprint(KEY)}",
        f"keys/a.txt:1: AWS Access Key, fingerprint {fingerprint(KEY)}",
        f"model.config: Secret Keyword, fingerprint {fingerprint('hunter22')}",
    )
    report = printed(build_document(build(project, store, UNTIL)))
    assert KEY not in report
    assert "hunter22" not in report
    assert not (project / "dist" / "model").exists()
    allowed = f"secrets: {{allow: ['{fingerprint(KEY)}', '{fingerprint('hunter22')}']}}\n"
    (project / "mpk.yaml").write_text(manifest + allowed)
    result = build(project, store, UNTIL)
    assert result.error is None
    facts = result.stages[1].facts["secrets"]
    assert {**facts, "by": ""} == {"by": "", "allowed": 3, "no_longer_there": [], "too_large": []}
    (project / "mpk.yaml").write_text(manifest)
    assert error(build(project, store, UNTIL))[0] == message
