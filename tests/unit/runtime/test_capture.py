"""The two steps in the source environment: make the model, then watch it load and predict."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import PROJECT

START = "import sys; sys.path[0] = sys.argv[1]; from mpk_runtime import capture; capture.main(*sys.argv[2:])"
MODEL = """
import string
import threading

class Model:
    class Inner:
        def predict(self, rows):
            import colorsys
            return [one + colorsys.ONE_THIRD * 0 for one in rows]

    def predict(self, rows):
        with open(string.__name__ + ".txt") as file:
            return [file.read(), len(rows)]

class Useless:
    pass

def function(rows):
    return rows

def factory():
    return Model()

def broken():
    raise RuntimeError("no data")

def leaving():
    raise SystemExit("enough")

def unsaveable():
    model = Model()
    model.lock = threading.Lock()
    return model
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    root.mkdir()
    (root / "modelcode.py").write_text(MODEL)
    (root / "string.txt").write_text("text")
    (tmp_path / "saved").mkdir()
    return root


def step(project: Path, name: str, **given: Any) -> Any:
    folder = project.parent
    common = {"import_roots": [str(project)], "carried": str(folder / "carried"), "model": str(folder / "saved")}
    watched: dict[str, Any] = {"watch": [str(project)], "unwatched": [], "path": None, "config": {}}
    watched["package"] = None
    (folder / f"{name}.json").write_text(json.dumps({**common, **watched, **given}))
    done = subprocess.run(
        [sys.executable, "-s", "-B", "-c", START, PROJECT / "mpk_build/runtime", name, folder],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (folder / "log.txt").write_text(done.stderr)
    report = json.loads((folder / f"{name}.out.json").read_text())
    # What was only looked for, to see whether it shadows an installed module, is not there.
    found = [path for path in report["opened"] if Path(path).exists()]
    report["opened"] = [path.removeprefix(f"{project}/") for path in found]
    return report


def made(kind: str, entrypoint: str | None, pickle: str | None = None) -> dict[str, Any]:
    flavor = {"loader_module": "mpk_python_model", "data": "python_model.json"}
    return {
        "ok": True,
        "kind": kind,
        "flavors": {"python_function": {**flavor, **({"python_model": pickle} if pickle else {})}},
        "python_model": {"kind": kind, "entrypoint": entrypoint, "pickle": pickle, "input": None},
        "described": {
            "signature": {"inputs": None, "outputs": None, "params": None},
            "from_type_hint": False,
            "example": None,
            "not_over_http": None,
            "input": None,
        },
        "by_value": False,
        "opened": ["modelcode.py"],
    }


@pytest.mark.parametrize(
    ("entrypoint", "expected"),
    [
        ("modelcode:Model", made("class", "modelcode:Model")),
        ("modelcode:Model.Inner", made("class", "modelcode:Model.Inner")),
        ("modelcode:function", made("function", "modelcode:function")),
        ("modelcode:factory()", made("instance", None, "python_model.pkl")),
    ],
)
def test_a_model_is_made_and_saved(project: Path, entrypoint: str, expected: Any) -> None:
    assert step(project, "make", entrypoint=entrypoint, example=None, params={}) == expected
    assert [path.name for path in (project.parent / "saved").iterdir()] == (
        ["python_model.pkl"] if expected["kind"] == "instance" else []
    )


@pytest.mark.parametrize(
    ("entrypoint", "phase", "kind", "message"),
    [
        ("nowhere:f", "import", "ModuleNotFoundError", "No module named 'nowhere'"),
        ("modelcode:f", "find", "AttributeError", "module 'modelcode' has no attribute 'f'"),
        ("modelcode:broken()", "call", "RuntimeError", "no data"),
        ("modelcode:leaving()", "call", "SystemExit", "enough"),
        ("modelcode:Useless", "save", "TypeError", "the class Useless has no method predict"),
        ("modelcode:unsaveable()", "save", "PicklingError", "model.lock: cannot pickle '_thread.lock' object"),
        (
            "modelcode:__name__",
            "save",
            "TypeError",
            "found a str; expected an estimator, a class or an object with predict, or a function",
        ),
    ],
)
def test_what_stops_it_is_told(project: Path, entrypoint: str, phase: str, kind: str, message: str) -> None:
    report = step(project, "make", entrypoint=entrypoint, example=None, params={})
    del report["opened"]
    module = "nowhere" if phase == "import" else None
    failure = report.pop("failure")
    assert report == {"ok": False}
    assert {name: failure[name] for name in ("phase", "type", "message", "module")} == {
        "phase": phase,
        "type": kind,
        "message": message,
        "module": module,
    }


def observed(project: Path, entrypoint: str, **given: Any) -> Any:
    common = {"example": {"data": ["a"]}, "params": {}, "compare": "auto", **given}
    report = step(project, "make", entrypoint=entrypoint, **common)
    if not report["ok"]:
        return report
    description = {**report["python_model"], "artifacts": {}}
    (project.parent / "saved" / "python_model.json").write_text(json.dumps(description))
    document = {"flavors": report["flavors"]}
    return step(project, "observe", document=document, described=report["described"], **common)


def test_loading_and_predicting_are_watched(project: Path) -> None:
    report = observed(project, "modelcode:Model")
    modules = {one["name"]: one["phase"] for one in report["modules"]}
    assert modules["modelcode"] == "loading"
    assert not [name for name in modules if name.startswith("mpk_runtime")]
    assert report["opened"] == ["modelcode.py", "string.txt"]
    assert report["python"] == platform.python_version()
    assert str(project) not in report["site"]
    assert {name: report[name] for name in ("ok", "predictions", "signature", "example")} == {
        "ok": True,
        "predictions": ["text", 1],
        "signature": {"inputs": '[{"type": "string", "required": true}]', "outputs": None, "params": None},
        "example": {
            "kind": "list",
            "form": "inputs",
            "request": {"inputs": ["a"]},
            "csv": None,
            "info": {"type": "json_object"},
            "stored": '["a"]',
        },
    }


def test_what_is_imported_while_predicting_is_told_apart(project: Path) -> None:
    report = observed(project, "modelcode:Model.Inner", example={"data": [1, 2]})
    modules = {one["name"]: one["phase"] for one in report["modules"]}
    assert (modules["modelcode"], modules["colorsys"]) == ("loading", "predicting")


@pytest.mark.parametrize(
    ("given", "phase", "message"),
    [
        (
            {"params": {"a": None}},
            "read the params",
            "param 'a' is missing, which tells no type; expected a boolean, number, string, date, object or a list of scalars",
        ),
        (
            {"example": {"data": {"columns": ["a", "a"], "data": []}}},
            "read the input example",
            "two columns are called 'a'",
        ),
        (
            {"example": {"path": "/nowhere.json"}},
            "read the input example",
            "[Errno 2] No such file or directory: '/nowhere.json'",
        ),
    ],
)
def test_what_the_manifest_gives_wrongly_is_told(project: Path, given: Any, phase: str, message: str) -> None:
    report = observed(project, "modelcode:function", **given)
    assert (report["ok"], report["failure"]["phase"], report["failure"]["message"]) == (False, phase, message)
    assert (project.parent / "log.txt").read_text() == ""


@pytest.mark.parametrize("entrypoint", ["nowhere:Model", "modelcode:Missing", "modelcode:broken()"])
def test_only_a_persons_own_code_is_traced(project: Path, entrypoint: str) -> None:
    step(project, "make", entrypoint=entrypoint, example=None, params={})
    assert ("in broken" in (project.parent / "log.txt").read_text()) == ("broken" in entrypoint)
    assert ("Traceback" in (project.parent / "log.txt").read_text()) == ("broken" in entrypoint)


def test_a_prediction_that_no_signature_describes_is_one_still(project: Path) -> None:
    (project / "modelcode.py").write_text(
        "def mixed(rows):\n    import pandas as pd\n    return pd.DataFrame({'a': [1, 'x']})\n"
    )
    report = observed(project, "modelcode:mixed")
    assert (report["predictions"], json.loads(report["signature"]["inputs"])) == (
        [{"a": 1}, {"a": "x"}],
        [{"type": "string", "required": True}],
    )
    assert report["signature"]["outputs"] is None
