"""What becomes of a model whose pickle does what no model needs, from the build to the endpoint."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from e2e.projects import Project, write_project

import mpk_build
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path

MODEL = """
import os

class Model:
    def __init__(self):
        self.function = os.system

    def predict(self, data):
        return [type(data).__name__, len(data)]

def make():
    return Model()
"""
VERDICT = {"path": "python_model.pkl", "format": "pickle", "kind": "dangerous", "names": ["posix.system"]}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("pickles")
    (folder / "example.bin").write_bytes(b"\0\xff")
    manifest = {"model": {"entrypoint": "model:make()"}, "input_example": "example.bin"}
    return write_project(folder, manifest, {"model.py": MODEL})


@pytest.fixture(scope="module")
def built(project: Project) -> Project:
    facts = project.build()["stages"][1]["facts"]["pickles"]
    assert facts["files"] == [{**VERDICT, "picklescan": "dangerous"}]
    assert facts["second_opinion"].startswith("picklescan 1.")
    return project


def test_it_is_told(built: Project) -> None:
    done = built.mpk("inspect", "dist/model", "--json")
    assert json.loads(done.stdout)["pickles"] == [{**VERDICT, "picklescan": "dangerous"}]
    lines = built.mpk("inspect", "dist/model").stdout.splitlines()
    assert lines[lines.index("pickles:") + 1] == ("  python_model.pkl  dangerous: posix.system (picklescan: dangerous)")


def test_it_is_not_loaded_but_by_who_trusts_it(built: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for command in ("predict", "serve"):
        done = built.mpk(command, "dist/model")
        assert (done.returncode, done.stdout, done.stderr.splitlines()) == (
            1,
            "",
            [
                "error: dist/model is not loaded, since unpickling it may run what no model needs:",
                "  python_model.pkl  dangerous: posix.system",
                f" hint: mpk inspect dist/model; if you know who made it: mpk {command} dist/model --trust-pickles",
            ],
        )
    # Bytes went through JSON, and are bytes again.
    assert built.predict("dist/model", "--trust-pickles") == ["bytes", 2]
    (built.root / "other.bin").write_bytes(b"abc")
    assert built.predict("dist/model", "--trust-pickles", "-i", "other.bin") == ["bytes", 3]
    (built.root / "other.npy").write_bytes(b"abc")
    done = built.mpk("predict", "dist/model", "--trust-pickles", "-i", "other.npy")
    assert (done.returncode, done.stderr) == (
        2,
        "error: The .npy file can't be read: No module named 'numpy'\n",
    )
    monkeypatch.chdir(built.root)
    with pytest.raises(StageError) as raised:
        mpk_build.load_model("dist/model")
    assert raised.value.hint == "if you know who made it: load_model(..., trust_pickles=True)"


def test_a_manifest_refuses_it(built: Project, tmp_path: Path) -> None:
    manifest = {"model": {"entrypoint": "model:make()"}, "input_example": ["a"]}
    refusing = write_project(tmp_path, {**manifest, "validate": {"pickles": "refuse"}}, {"model.py": MODEL})
    done = refusing.mpk("build", "--quiet")
    assert (done.returncode, done.stderr.splitlines()[-3:]) == (
        1,
        [
            "error: the manifest refuses pickles that do more than make known objects:",
            "  python_model.pkl  dangerous: posix.system (picklescan: dangerous)",
            " hint: mpk explain package; to build it nevertheless: validate: {pickles: sandbox}",
        ],
    )
    assert not refusing.model.exists()
    assert built.model.exists()
