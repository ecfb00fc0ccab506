"""The command line: what it prints where, and how it ends."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from support import run_mpk
from tiny import MANIFEST, MODEL, write_tiny

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "project")


@pytest.fixture
def store(tmp_path: Path) -> dict[str, str]:
    return {"MPK_CACHE": str(tmp_path / "store")}


def without_seconds(text: str) -> str:
    return re.sub(r" +\d+\.\d+ s", " N s", text)


def document(finished: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(finished.stdout)
    return found


def test_a_build_in_plain_lines(project: Path, store: dict[str, str]) -> None:
    finished = run_mpk("build", cwd=project, env=store)
    assert finished.returncode == 0
    assert without_seconds(finished.stderr) == (
        "tiny 0.0.0\n"
        "  infer-env    built N s  0 requirements, 0 packages, lock resolved; it has not run for this project yet\n"
        "  package      built N s  it has not run for this project yet\n"
        "  validate     built N s  loads in N s, predicts the same; it has not run for this project yet\n"
    )
    assert re.fullmatch(r"model  dist/model  sha256:[0-9a-f]{64}\n", finished.stdout)
    again = run_mpk("build", cwd=project, env=store)
    assert re.sub(r"\d\.\d\d s", "N s", again.stderr) == (
        "tiny 0.0.0\n"
        "  infer-env    cached             nothing changed\n"
        "  package      cached             nothing changed\n"
        "  validate     cached             nothing changed\n"
        "Nothing changed; nothing ran (N s).\n"
    )
    assert again.stdout == finished.stdout
    quiet = run_mpk("build", "--quiet", cwd=project, env=store)
    assert (quiet.stdout, quiet.stderr) == ("", "")


def test_a_build_as_json(project: Path, store: dict[str, str]) -> None:
    finished = run_mpk("build", "--json", cwd=project, env=store)
    report = document(finished)
    assert list(report) == ["schema_version", "name", "version", "ok", "seconds", "stages", "error", "model"]
    assert {name: report[name] for name in ("schema_version", "name", "version", "ok", "error")} == {
        "schema_version": 1,
        "name": "tiny",
        "version": "0.0.0",
        "ok": True,
        "error": None,
    }
    lock, package, validation = report["stages"]
    assert list(lock) == ["stage", "status", "why", "key", "seconds", "outputs", "facts", "error", "log"]
    assert lock["outputs"]["lock"]["path"] == "pylock.tiny.toml"
    assert package["outputs"]["model"] == report["model"]
    assert report["model"]["path"] == "dist/model"
    assert (validation["stage"], validation["status"], validation["facts"]["differences"]) == ("validate", "built", 0)
    assert json.loads((project / "dist" / "report.json").read_text()) == report


def test_a_manifest_error_ends_with_2(project: Path, store: dict[str, str]) -> None:
    (project / "mpk.yaml").write_text(MANIFEST.replace("name:", "nmae:"))
    finished = run_mpk("build", "--json", cwd=project, env=store)
    message = (
        "mpk.yaml:1:1: unknown key 'nmae'; expected one of name, version, description, metadata, model, requirements,"
        " input_example, params, signature, validate, secrets, targets\n    1 | nmae: tiny\n      | ^"
    )
    assert (finished.returncode, finished.stderr) == (2, f"error: {message}\n hint: did you mean 'name'?\n")
    assert document(finished) == {
        "schema_version": 1,
        "ok": False,
        "stages": [],
        "error": {
            "message": message,
            "evidence": [],
            "hint": "did you mean 'name'?",
            "exit_code": 2,
            "position": {"file": "mpk.yaml", "line": 1, "column": 1},
            "diagnosis": None,
            "fix": [],
        },
    }


def test_a_failed_stage_ends_with_1_and_shows_its_log(project: Path, store: dict[str, str]) -> None:
    (project / "model.py").write_text("def predict(values):\n    print('close to the edge')\n    return {1, 2}\n")
    finished = run_mpk("build", cwd=project, env=store)
    assert finished.returncode == 1
    assert "    | close to the edge\n" in finished.stderr
    assert finished.stderr.endswith(
        "error: the model raised TypeError in the source environment (while its prediction was written as JSON):"
        " a prediction holds a set, which JSON has no form for\n"
    )


def test_a_missing_interpreter_ends_with_3(project: Path, store: dict[str, str]) -> None:
    (project / "mpk.yaml").write_text(MANIFEST.replace("source:", 'python: "3.19", source:'))
    finished = run_mpk("build", cwd=project, env=store)
    assert (finished.returncode, finished.stderr.splitlines()[-2:]) == (
        3,
        [
            "error: this machine has no Python 3.19",
            " hint: uv python install 3.19, or install it with your system's packages",
        ],
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["nonsense"], "No such command 'nonsense'."), (["build", "--nonsense"], "No such option: --nonsense")],
)
def test_usage_errors_end_with_2(tmp_path: Path, arguments: list[str], message: str) -> None:
    finished = run_mpk(*arguments, cwd=tmp_path)
    assert finished.returncode == 2
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr
    as_json = run_mpk(*arguments, "--json", cwd=tmp_path)
    assert (as_json.returncode, document(as_json)["error"]["exit_code"]) == (2, 2)


def test_a_bug_ends_with_4_and_a_log(project: Path, store: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import mpk_build.manifest.loading as loading\n"
        "def broken(file): raise ZeroDivisionError('of course')\n"
        "loading.load_project = broken\n"
    )
    finished = run_mpk("build", cwd=project, env={**store, "PYTHONPATH": str(tmp_path)})
    log = tmp_path / "store" / "logs" / "mpk.log"
    assert (finished.returncode, finished.stderr) == (
        4,
        f"error: mpk has a bug: ZeroDivisionError: of course\n hint: report it with its log: {log}\n",
    )
    assert "ZeroDivisionError: of course" in log.read_text()


def test_plan_and_explain_tell_the_truth(project: Path, store: dict[str, str]) -> None:
    assert run_mpk("plan", cwd=project, env=store).stdout == (
        "infer-env    run      it has not run for this project yet\n"
        "package      unknown  unknown until infer-env has run\n"
        "validate     unknown  unknown until package has run\n"
    )
    assert not (project / "dist").exists()
    run_mpk("build", cwd=project, env=store)
    assert [stage["status"] for stage in document(run_mpk("plan", "--json", cwd=project, env=store))["stages"]] == [
        "cached"
    ] * 3
    (project / "model.py").write_text(MODEL.replace("1", "2"))
    explained = document(run_mpk("explain", "infer-env", "--json", cwd=project, env=store))
    assert (explained["status"], explained["changed"]) == ("run", ["model.py"])
    (project / "model.py").write_text(MODEL)
    (project / "mpk.yaml").write_text(f"{MANIFEST}validate: {{tolerance: 0.5}}\n")
    told = run_mpk("explain", "package", cwd=project, env=store).stdout.splitlines()
    assert told[:2] == ["package: Lay out the MLflow Model", "run: the param 'tolerance' changed"]
    assert told[-1] == "changed: the param 'tolerance'"
    (project / "mpk.yaml").write_text(MANIFEST)
    told = run_mpk("explain", "package", cwd=project, env=store).stdout.splitlines()
    assert told[-2:] == ["code: 1 file", "  model.py  imported"]
    wrong = run_mpk("explain", "pakage", cwd=project, env=store)
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "error: there is no stage 'pakage'\n hint: one of: infer-env, package, validate\n",
    )


def test_validate_runs_again_each_time(project: Path, store: dict[str, str]) -> None:
    run_mpk("build", cwd=project, env=store)
    again = document(run_mpk("validate", "--json", cwd=project, env=store))
    assert [(stage["stage"], stage["status"]) for stage in again["stages"]] == [
        ("infer-env", "cached"),
        ("package", "cached"),
        ("validate", "built"),
    ]


def test_an_override_shows_what_would_change_and_changes_nothing(project: Path, store: dict[str, str]) -> None:
    run_mpk("build", cwd=project, env=store)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    finished = run_mpk(
        "validate", "--override", "six==1.16.0", "--override", "python-dateutil==2.8.2", cwd=project, env=store
    )
    assert finished.returncode == 0, finished.stderr
    assert without_seconds(finished.stdout) == (
        "with six==1.16.0, python-dateutil==2.8.2:\n"
        "  + python-dateutil 2.8.2\n"
        "  + six 1.16.0\n"
        "\n"
        "               unmodified   overridden\n"
        "  loads in N s N s\n"
        "  predicts in N s N s\n"
        "  predictions  as expected  as expected\n"
        "\n"
        "nothing was changed\n"
    )
    shown = document(run_mpk("validate", "--override", "six==1.16.0", "--json", cwd=project, env=store))
    assert (shown["ok"], shown["lock_changes"]) == (True, [{"name": "six", "before": None, "after": "1.16.0"}])
    wrong = run_mpk("validate", "--override", "six=>1", cwd=project, env=store)
    assert wrong.returncode == 2
    assert wrong.stderr.splitlines()[-1] == " hint: mpk validate --override 'numpy<2'"
    none = run_mpk("validate", "--override", "opencv-python==4.8.0", cwd=project, env=store)
    assert (none.returncode, none.stderr.splitlines()[-3:]) == (
        1,
        [
            "error: no index has opencv-python==4.8.0; the nearest version is 4.8.0.76",
            "  why: '==4.8.0' matches 4.8.0 alone; '==4.8.0.*' matches 4.8.0.76 (PEP 440)",
            " hint: mpk validate --override 'opencv-python==4.8.0.76', or 'opencv-python==4.8.0.*' for whatever is the"
            " newest of that series",
        ],
    )
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_predict_reads_files_and_standard_input(project: Path, store: dict[str, str], tmp_path: Path) -> None:
    run_mpk("build", cwd=project, env=store)
    assert run_mpk("predict", cwd=project, env=store).stdout == '{"predictions":[2,3,4]}\n'
    (tmp_path / "in.json").write_text("[10]")
    run_mpk("predict", "dist/model", "-i", tmp_path / "in.json", "-o", tmp_path / "out.json", cwd=project, env=store)
    assert (tmp_path / "out.json").read_text() == '{"predictions":[11]}\n'
    missing = run_mpk("predict", "-i", "nothing.json", cwd=project, env=store)
    assert (missing.returncode, missing.stderr.splitlines()[0]) == (2, "error: there is no input nothing.json")
    no_package = run_mpk("predict", tmp_path, cwd=project, env=store)
    assert (no_package.returncode, no_package.stderr) == (
        2,
        f"error: {tmp_path} is no model package: it has no file MLmodel\n hint: mpk build makes one in dist/model\n",
    )
    (tmp_path / "in.json").write_text('{"inputs": [1], "x": 2}')
    wrong = run_mpk("predict", "-i", tmp_path / "in.json", cwd=project, env=store)
    assert wrong.returncode == 2


def test_inspect_shows_a_package(project: Path, store: dict[str, str]) -> None:
    run_mpk("build", cwd=project, env=store)
    shown = document(run_mpk("inspect", "--json", cwd=project, env=store))
    assert (shown["kind"], shown["flavors"], shown["requirements"], shown["packages"]) == (
        "package",
        ["python_function"],
        [],
        0,
    )
    assert "flavors:" in run_mpk("inspect", "dist/model", cwd=project, env=store).stdout


def test_the_cache_is_measured_and_cleared(project: Path, store: dict[str, str], tmp_path: Path) -> None:
    run_mpk("build", cwd=project, env=store)
    info = document(run_mpk("cache", "info", "--json", cwd=project, env=store))
    assert info["path"] == str(tmp_path / "store")
    assert info["parts"]["blobs"] > 0
    cleared = document(run_mpk("cache", "clear", "--json", cwd=project, env=store))
    assert cleared["freed"] >= info["parts"]["blobs"]
    assert [path.name for path in (tmp_path / "store").iterdir()] == ["CACHEDIR.TAG"]
    assert run_mpk("build", cwd=project, env=store).returncode == 0


def test_version_and_help(tmp_path: Path) -> None:
    assert run_mpk("--version", cwd=tmp_path).stdout == "mpk 0.1.0\n"
    commands = [
        "build",
        "validate",
        "lock",
        "predict",
        "serve",
        "plan",
        "explain",
        "inspect",
        "schema",
        "doctor",
        "requirements",
        "cache",
    ]
    shown = run_mpk("--help", cwd=tmp_path).stdout
    assert re.findall(r"│ (\w+) +[A-Z]", shown) == commands
