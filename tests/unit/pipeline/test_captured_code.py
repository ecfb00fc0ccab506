"""What of a project's code a real build packages, when it builds again, and what stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import MANIFEST, MODEL, build, ran, write_tiny

from mpk_build.foundation.errors import StageError
from mpk_build.package.artifacts import files
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


def test_artifacts_keep_their_mode_and_have_no_links(tmp_path: Path, store: Path) -> None:
    names = ("tool/run.sh", "tool/read.me", "tool/.git/HEAD", "tool/inner/__pycache__/x.pyc", "one.sh")
    manifest = with_model("artifacts: {tool: tool, one: one.sh}")
    project = write_tiny(tmp_path / "project", {"mpk.yaml": manifest, **dict.fromkeys(names, "text")})
    (project / "tool" / "run.sh").chmod(0o700)
    (project / "one.sh").chmod(0o775)
    (project / "tool" / "again.sh").symlink_to("run.sh")
    result = build(project, store, UNTIL)
    assert result.error is None
    root = project / "dist" / "model" / "artifacts"
    modes = {path.relative_to(root).as_posix(): oct(path.lstat().st_mode) for path in root.rglob("*") if path.is_file()}
    assert modes == {
        "one/one.sh": "0o100755",
        "tool/tool/again.sh": "0o100755",
        "tool/tool/read.me": "0o100644",
        "tool/tool/run.sh": "0o100755",
    }
    assert result.stages[1].facts["artifacts_left_out"] == {"tool": [".git/HEAD", "inner/__pycache__/x.pyc"]}
    (project / "tool" / "run.sh").chmod(0o600)
    assert "package" in ran(build(project, store, UNTIL))
    assert oct((root / "tool" / "tool" / "run.sh").stat().st_mode) == "0o100644"


@pytest.mark.parametrize(
    ("to", "message"),
    [
        ("../other", "{tool}/link is a link to a folder or out of {tool}; put the files there"),
        ("../one.sh", "{tool}/link is a link to a folder or out of {tool}; put the files there"),
        ("inner", "{tool}/link is a link to a folder or out of {tool}; put the files there"),
        ("gone", "the artifact {tool} has a link that leads nowhere: {tool}/link"),
    ],
)
def test_links_of_artifacts_that_lead_elsewhere(tmp_path: Path, to: str, message: str) -> None:
    tool = tmp_path / "tool"
    (tool / "inner").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "one.sh").write_text("")
    (tool / "link").symlink_to(to)
    with pytest.raises(StageError) as raised:
        files(tool)
    assert raised.value.message == message.format(tool=tool)


def test_what_is_ignored_beside_the_project_counts(tmp_path: Path, store: Path) -> None:
    shared = {"../shared/units.py": "def f():\n    import helpers\n", "../shared/helpers.py": ""}
    files = {
        "mpk.yaml": with_model("code_paths: [../shared/units.py]"),
        "model.py": f"import units\n\n{MODEL}",
        **shared,
    }
    project = write_tiny(tmp_path / "project", files)
    assert build(project, store, UNTIL).error is None
    assert code(project) == ["helpers.py", "model.py", "units.py"]
    (tmp_path / "shared" / ".mpkignore").write_text("helpers.py")
    result = build(project, store, UNTIL)
    assert code(project) == ["model.py", "units.py"]
    assert result.stages[1].facts["left_out"] == {"../shared/helpers.py": "../shared/.mpkignore:1 ('helpers.py')"}
