"""Other requirements for a moment, what of them is kept, and fixes that are found out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import Project, write_project

if TYPE_CHECKING:
    from pathlib import Path

# What the model needs, and a manifest that says something else.
MODEL = """
def predict(words):
    import inflection
    import six
    if six.__version__ != "1.15.0":
        raise AttributeError("module 'six' has no attribute 'something'")
    return [inflection.pluralize(word) for word in words]
"""
SOURCE = "inflection==0.5.1\nsix==1.15.0\n"


def project(folder: Path, pip: list[str]) -> Project:
    manifest: dict[str, Any] = {
        "model": {"entrypoint": "model:predict"},
        "input_example": ["box"],
        "requirements": {"pip": pip},
        "targets": {"model": {}},
    }
    made = write_project(folder, manifest, {"requirements.txt": SOURCE, "model.py": MODEL})
    text = (made.root / "mpk.yaml").read_text()
    (made.root / "mpk.yaml").write_text(f"# by hand\n{text}")
    return made


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose manifest names another version, and leaves a distribution out."""
    return project(tmp_path_factory.mktemp("wrong") / "project", ["six==1.17.0"])


def contents(one: Project) -> dict[str, bytes]:
    files = (path for path in one.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(one.root)): path.read_bytes() for path in files}


def without_seconds(text: str) -> str:
    return re.sub(r"\d+\.\d+ s +", "N s  ", re.sub(r"\d+\.\d+ s$", "N s", text, flags=re.MULTILINE))


def test_a_file_of_requirements_with_other_input_beside_the_package_as_it_is(tmp_path: Path) -> None:
    right = project(tmp_path / "project", ["six==1.15.0", "inflection==0.5.1"])
    (right.root / "other.txt").write_text("inflection<0.5  # older\n-c bounds.txt\n")
    (right.root / "bounds.txt").write_text("inflection>=0.4\n")
    (right.root / "other.json").write_text('["ox", "cat"]')
    done = right.mpk("validate", "-r", "other.txt", "-i", "other.json")
    assert done.returncode == 0, done.stderr
    assert without_seconds(done.stdout).splitlines() == [
        "with inflection<0.5:",
        "  ~ inflection 0.5.1 -> 0.4.0",
        "",
        "               unmodified  overridden",
        "  loads in     N s  N s",
        "  predicts in  N s  N s",
        "  predictions  made        the same",
        "",
        "nothing was changed",
    ]
    shown = json.loads(right.mpk("validate", "-r", "other.txt", "-i", "other.json", "--json").stdout)
    assert (shown["input"], shown["constraints"]) == ("other.json", ["inflection>=0.4"])
    assert (shown["predictions"], shown["unmodified"]["predictions"]) == (["oxen", "cats"], ["oxen", "cats"])
    assert set(shown["facts"]) >= {"load_s", "predict_s", "differences"}
    refused = right.mpk("validate", "-r", "other.txt", "--write")
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        "error: --write keeps requirements, and these files have constraints besides (-c)",
        " hint: name the file in requirements: {constraints: FILE}",
    ]


def test_what_only_another_input_passes_with_is_not_kept(tmp_path: Path) -> None:
    made = write_project(
        tmp_path / "project",
        {"model": {"entrypoint": "model:predict"}, "input_example": ["a"], "targets": {"model": {}}},
        {
            "requirements.txt": "six==1.15.0\n",
            "model.py": "import six\ndef predict(words):\n    return [one and six.__version__ for one in words]\n",
        },
    )
    before = (made.root / "mpk.yaml").read_bytes()
    (made.root / "other.json").write_text('[""]')
    asked = ("validate", "--override", "six==1.16.0", "-i", "other.json")
    assert made.mpk(*asked).returncode == 0
    done = made.mpk(*asked, "--write")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-3] == (
        "error: the package predicts something else than the source environment did: predictions[0] is '1.16.0', expected"
        " '1.15.0'"
    )
    assert (made.root / "mpk.yaml").read_bytes() == before


def test_predictions_that_differ_are_told_side_by_side(tmp_path: Path) -> None:
    made = write_project(
        tmp_path / "project",
        {
            "model": {"entrypoint": "model:predict"},
            "input_example": ["a"],
            "requirements": {"source": "requirements.txt"},
            "targets": {"model": {}},
        },
        {
            "requirements.txt": "six==1.15.0\n",
            "model.py": "import six\ndef predict(words):\n    return [six.__version__]\n",
        },
    )
    done = made.mpk("validate", "--override", "six==1.16.0")
    assert done.returncode == 1
    assert done.stdout.splitlines()[-3:] == ["  predictions  as expected  1 differs", "", "nothing was changed"]
    assert done.stderr.splitlines()[-3:] == [
        "error: the package predicts something else than the source environment did: predictions[0] is '1.16.0', expected"
        " '1.15.0'",
        "  why: six 1.15.0 made the model, and 1.16.0 is in the package's environment",
        " hint: mpk validate --override 'six==1.15.0' --write",
    ]
    both = made.mpk("validate", "--override", "inflection==0.5.1", "--override", "six==1.16.0")
    assert both.stderr.splitlines()[-1] == (
        " hint: mpk validate --override 'inflection==0.5.1' --override 'six==1.15.0' --write"
    )


def test_what_did_not_work_is_not_written(wrong: Project) -> None:
    wrong.mpk("build", "--until", "package")
    before = contents(wrong)
    done = wrong.mpk("validate", "--override", "inflection", "--write")
    assert done.returncode == 1
    assert contents(wrong) == before


def test_what_worked_is_written_and_a_build_has_it(tmp_path: Path) -> None:
    made = project(tmp_path / "project", ["six==1.17.0"])
    done = made.mpk("validate", "--override", "inflection==0.5.1", "--override", "six==1.15.0", "--write")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == [
        "written to mpk.yaml: requirements.extra: inflection==0.5.1",
        "written to mpk.yaml: requirements.override: six==1.15.0",
        " next: mpk build makes the lock and the package of it",
    ]
    text = (made.root / "mpk.yaml").read_text()
    assert text.startswith("# by hand\n")
    made.build("validate")
    again = made.mpk("validate", "--override", "six==1.15.0", "--write")
    assert again.stdout.splitlines()[-1] == "mpk.yaml says so already"
    assert (made.root / "mpk.yaml").read_text() == text


def test_fixes_are_tried_one_after_the_other_and_written_when_the_model_passes(tmp_path: Path) -> None:
    made = project(tmp_path / "project", ["six==1.17.0"])
    done = made.mpk("validate", "--fix", "--json")
    assert done.returncode == 0, done.stderr
    shown = json.loads(done.stdout)
    assert [(step["error"]["diagnosis"], step["tried"], step["lock_changes"]) for step in shown["steps"]] == [
        (
            "missing-module",
            [{"field": "requirements.extra", "requirement": "inflection==0.5.1"}],
            [{"name": "inflection", "before": None, "after": "0.5.1"}],
        ),
        (
            "version-skew",
            [{"field": "requirements.override", "requirement": "six==1.15.0"}],
            [{"name": "six", "before": "1.17.0", "after": "1.15.0"}],
        ),
    ]
    assert shown["written"] == [*shown["steps"][0]["tried"], *shown["steps"][1]["tried"]]
    made.build("validate")
    done = made.mpk("validate", "--fix")
    assert done.stdout == "the package passes as it is; there is nothing to fix\n"


def test_a_version_that_no_index_has_is_fixed_before_there_is_a_package(tmp_path: Path) -> None:
    made = project(tmp_path / "project", ["six==1.15.0.99", "inflection==0.5.1"])
    done = made.mpk("validate", "--fix", "--json")
    shown = json.loads(done.stdout)
    assert (done.returncode, [step["error"]["diagnosis"] for step in shown["steps"]]) == (0, ["no-such-version"])
    assert shown["written"] == [{"field": "requirements.override", "requirement": "six==1.15.0"}]


def test_what_can_not_be_fixed_is_left_as_it_is(tmp_path: Path) -> None:
    made = project(tmp_path / "project", ["six==1.15.0"])
    (made.root / "model.py").write_text(
        "import os\n\ndef predict(words):\n    import inflection\n    return [os.environ['HOME']]\n"
    )
    made.mpk("build", "--until", "package")
    before = contents(made)
    done = made.mpk("validate", "--fix")
    assert done.returncode == 1
    assert done.stdout == "after 1 step it still fails; nothing was changed\n"
    assert done.stderr.splitlines()[2:8] == [
        "error: the package needs the module 'inflection' while it predicted the input example, and its environment does"
        " not have it",
        "  why: model.py:4, in predict",
        "  why: in the source environment inflection==0.5.1 provides it",
        " hint: mpk validate --override 'inflection==0.5.1' --write",
        "  try: requirements.extra: inflection==0.5.1",
        "     + inflection 0.5.1",
    ]
    assert contents(made) == before


def test_a_project_that_needs_an_older_numpy_and_lacks_pyarrow(tmp_path: Path) -> None:
    made = write_project(
        tmp_path / "project",
        {
            "model": {"entrypoint": "model:predict"},
            "input_example": [1, 2],
            "requirements": {"pip": ["opencv-python-headless==4.8.0.76", "pandas==2.2.3", "numpy==2.2.6"]},
            "targets": {"model": {}},
        },
        {
            "requirements.txt": "opencv-python-headless==4.8.0.76\npandas==2.2.3\nnumpy==1.26.4\npyarrow==17.0.0\n",
            "model.py": """
            def predict(values):
                import io
                import cv2
                import numpy
                import pandas
                pandas.DataFrame({"a": list(values)}).to_parquet(io.BytesIO())
                return cv2.blur(numpy.array([values], dtype="float32"), (1, 1)).tolist()
            """,
        },
    )
    shown = json.loads(made.mpk("validate", "--fix", "--json").stdout)
    assert [step["error"]["diagnosis"] for step in shown["steps"]] == ["numpy-abi", "missing-extra"]
    assert shown["written"] == [
        {"field": "requirements.override", "requirement": "numpy<2"},
        {"field": "requirements.extra", "requirement": "pyarrow==17.0.0"},
    ]
