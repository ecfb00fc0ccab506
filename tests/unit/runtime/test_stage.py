"""The process of a stage: whatever its script does, it leaves an output that says so."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

START = "import sys; sys.path[0] = sys.argv[1]; from mpk_runtime import stage; stage.run_file(sys.argv[2])"


def run(folder: Path, script: str, **inputs: Any) -> tuple[int, Any, str]:
    """The exit code, the output document or None, and what was printed."""
    (folder / "script.py").write_text(script)
    document = {
        "stage": "card",
        "script": str(folder / "script.py"),
        "inputs": inputs,
        "params": {"name": "toy"},
        "outputs": {"card": str(folder / "card.txt")},
        "cache": str(folder),
        "timeout_s": 5,
        "watch": [str(folder)],
        "unwatched": [],
    }
    (folder / "input.json").write_text(json.dumps(document))
    (folder / "result").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", START, PROJECT / "mpk_build/runtime", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    output = folder / "result" / "output.json"
    return done.returncode, json.loads(output.read_text()) if output.is_file() else None, done.stdout + done.stderr


def test_a_script_gets_what_is_declared_and_leaves_facts(tmp_path: Path) -> None:
    (tmp_path / "data.txt").write_text("a")
    script = """
def run(stage):
    text = open(stage.inputs["data"]).read()
    with open(stage.outputs["card"], "w") as file:
        file.write(stage.params["name"] + text)
    stage.facts["name"] = stage.name
    stage.depends_on(["/somewhere"])
"""
    code, output, _ = run(tmp_path, script, data=str(tmp_path / "data.txt"))
    assert (code, output) == (
        0,
        {"ok": True, "facts": {"name": "card"}, "discovered": ["/somewhere", str(tmp_path / "data.txt")]},
    )
    assert (tmp_path / "card.txt").read_text() == "toya"


@pytest.mark.parametrize(
    ("fact", "why"),
    [
        ("float('nan')", "Out of range float values are not JSON compliant"),
        ("{1}", "Object of type set is not JSON serializable"),
    ],
)
def test_facts_that_are_no_json_are_told(tmp_path: Path, fact: str, why: str) -> None:
    code, output, _ = run(tmp_path, f"def run(stage):\n    stage.facts['auc'] = {fact}\n")
    assert (code, output["ok"], output["facts"], output["error"]["exit_code"]) == (0, False, {}, 1)
    message = output["error"]["message"]
    assert message.startswith(f"the facts that the stage card reports can't be written as JSON: {why}")


def test_what_a_script_expected_comes_back_as_data(tmp_path: Path) -> None:
    script = """
from mpk_runtime.stage import StageError

def run(stage):
    stage.facts["tried"] = 1
    raise StageError("there is no card", "write one")
"""
    code, output, printed = run(tmp_path, script)
    error = {
        "message": "there is no card",
        "hint": "write one",
        "exit_code": 1,
        "position": None,
        "failure": None,
        "evidence": [],
        "diagnosis": None,
        "fix": [],
    }
    assert (code, output) == (0, {"ok": False, "error": error, "facts": {"tried": 1}, "discovered": []})
    assert printed == ""


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def run(stage):\n    raise ValueError('odd')\n", "ValueError: odd"),
        ("def run(stage:\n", "SyntaxError: '(' was never closed (script.py, line 1)"),
        ("x = 1\n", "KeyError: 'run'"),
        ("import nowhere\n", "ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_what_a_script_did_not_expect_comes_back_with_its_traceback(tmp_path: Path, script: str, message: str) -> None:
    code, output, printed = run(tmp_path, script)
    assert (code, output["ok"], output["error"]["exit_code"]) == (0, False, None)
    assert output["error"]["message"] == message
    assert message.split(" (", maxsplit=1)[0] in printed


def test_a_script_that_ends_the_process_leaves_no_output(tmp_path: Path) -> None:
    code, output, _ = run(tmp_path, "import os\n\ndef run(stage):\n    os._exit(7)\n")
    assert (code, output) == (7, None)


def test_a_script_that_exits_is_a_failure(tmp_path: Path) -> None:
    code, output, _ = run(tmp_path, "import sys\n\ndef run(stage):\n    sys.exit(0)\n")
    assert (code, output) == (0, None)
