"""What stops a model of one's own, and what is said about it: the whole message, and the command to type next."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import Project, write_project

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Broken:
    """A project that can't be built: its entrypoint, its files, and the lines that say so."""

    entrypoint: str
    model: str
    lines: tuple[str, ...]
    manifest: dict[str, Any] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


BROKEN = {
    "module-misspelt": Broken(
        "modle:Model",
        "",
        (
            "error: the entrypoint's module 'modle' is not in the project",
            " hint: correct model.entrypoint; it is imported from the manifest's folder and its src/",
        ),
    ),
    "attribute-missing": Broken(
        "model:Modell",
        "class Model: pass",
        (
            "error: the entrypoint 'model:Modell' names something that is not there: module 'model' has"
            " no attribute 'Modell'",
            " hint: correct model.entrypoint",
        ),
    ),
    "factory-raises": Broken(
        "model:fit()",
        """
        def fit():
            raise ValueError('no data')
        """,
        (
            "error: the model raised ValueError in the source environment (while the factory ran): no data",
            "  why: model.py:2, in fit",
        ),
    ),
    "predict-raises": Broken(
        "model:predict",
        """
        def predict(rows):
            return rows[17]
        """,
        (
            "error: the model raised IndexError in the source environment (while it predicted the input"
            " example): list index out of range",
            "  why: model.py:2, in predict",
            " hint: correct the model or input_example; to build on what loading alone shows: validate: {compare: off}",
        ),
    ),
    "table-without-pandas": Broken(
        "model:predict",
        "def predict(rows): return rows",
        (
            "error: the input example is a table, which needs pandas, and the source environment does not have it",
            " hint: install pandas there; a list of numbers or texts needs nothing: input_example: [[1.0, 2.0]]",
        ),
        {"input_example": {"dataframe_records": [{"a": 1}]}},
    ),
    "unpicklable": Broken(
        "model:fit()",
        """
        import threading

        class Model:
            lock = None
            def predict(self, rows):
                return rows

        def fit():
            model = Model()
            model.lock = threading.Lock()
            return model
        """,
        (
            "error: the model that 'model:fit()' gives can't be saved: model.lock: cannot pickle '_thread.lock' object",
            " hint: make what can't be saved in load_context(self, context), which is called where the model is loaded",
        ),
    ),
    "class-without-predict": Broken(
        "model:Model",
        """
        class Model:
            pass
        """,
        ("error: the model that 'model:Model' gives can't be saved: the class Model has no method predict",),
    ),
    "not-a-model": Broken(
        "model:SETTINGS",
        "SETTINGS = {'a': 1}",
        (
            "error: the model that 'model:SETTINGS' gives can't be saved: found a dict; expected an "
            "estimator, a class or an object with predict, or a function",
        ),
    ),
    "lambda-predicted": Broken(
        "model:predict",
        """
        def predict(rows):
            return lambda: rows
        """,
        (
            "error: the model raised TypeError in the source environment (while its prediction was "
            "written as JSON): a prediction holds a function, which JSON has no form for",
        ),
    ),
    "module-missing": Broken(
        "model:predict",
        """
        def predict(rows):
            import yaml
            return rows
        """,
        (
            "error: the source environment has no module 'yaml', which the model needs (while it "
            "predicted the input example)",
            "  why: model.py:2, in predict",
            "  why: 'yaml' is a module of PyYAML",
            " hint: add 'PyYAML' to requirements.txt; if it is code of yours: model: {code_paths: [PATH]}",
        ),
    ),
    "module-of-project-missing": Broken(
        "model:predict",
        """
        import helpers

        def predict(rows):
            return rows
        """,
        (
            "error: the source environment has no module 'helpers', which the model needs (while the "
            "entrypoint was imported)",
            "  why: model.py:1, in <module>",
            " hint: add 'helpers' to requirements.txt; if it is code of yours: model: {code_paths: [PATH]}",
        ),
    ),
    "file-of-working-folder": Broken(
        "model:Model",
        """
        class Model:
            def __init__(self):
                self.names = open('names.txt').read()
            def predict(self, rows):
                return rows
        """,
        (
            "error: the package raised FileNotFoundError while it loaded: [Errno 2] No such file or "
            "directory: 'names.txt'",
            "  why: model.py:3, in __init__",
            "  why: the project has names.txt, which is not in the package",
            " hint: name the file in model: {artifacts: {names: names.txt}} and open context.artifacts['names'],"
            " or open it beside the code: Path(__file__).with_name(...)",
        ),
        files={"names.txt": "a"},
    ),
    "exits": Broken(
        "model:predict",
        """
        def predict(rows):
            raise SystemExit(3)
        """,
        (
            "error: the model raised SystemExit in the source environment (while it predicted the input example): 3",
            "  why: model.py:2, in predict",
            " hint: correct the model or input_example; to build on what loading alone shows: validate: {compare: off}",
        ),
    ),
    "dies": Broken(
        "model:predict",
        """
        import os

        def predict(rows):
            os._exit(3)
        """,
        ("error: the process that should load and predict the model ended with code 3 and left no result",),
    ),
    "hangs": Broken(
        "model:predict",
        """
        import time

        def predict(rows):
            time.sleep(60)
        """,
        (
            "error: the model did not load and predict within 1 s",
            " hint: raise validate: {timeout: SECONDS}",
        ),
        manifest={"validate": {"timeout": 1}},
    ),
    "mixed-column": Broken(
        "model:predict",
        """
        def predict(rows):
            return rows
        """,
        (
            "error: input_example of the manifest can't be used: column 'a' mixes types (long, string)",
            " hint: correct input_example",
        ),
        manifest={"input_example": [{"a": 1}, {"a": "x"}], "requirements": {"source": "frames.txt"}},
        files={"frames.txt": "pandas==3.1.1\n"},
    ),
    "undeclared-value": Broken(
        "model:predict",
        """
        def predict(rows):
            return rows
        """,
        (
            "error: input_example of the manifest can't be used: Column 'a', row 1: the string \"x\", where a 64-bit "
            "integer is expected.",
            " hint: correct input_example",
        ),
        manifest={
            "input_example": [{"a": 1}, {"a": "x"}],
            "signature": {"inputs": {"a": "long"}},
            "requirements": {"source": "frames.txt"},
        },
        files={"frames.txt": "pandas==3.1.1\n"},
    ),
    "undeclared-prediction": Broken(
        "model:predict",
        """
        def predict(rows):
            return ["a"]
        """,
        (
            'error: signature.outputs of the manifest can\'t be used: Value 0: the string "a", where a 64-bit '
            "integer is expected.",
            " hint: correct signature.outputs",
        ),
        manifest={"signature": {"outputs": ["long"]}},
    ),
    "equal-columns": Broken(
        "model:predict",
        """
        def predict(rows):
            return rows
        """,
        (
            "error: input_example of the manifest can't be used: two columns are called 'a'",
            " hint: correct input_example",
        ),
        manifest={"input_example": {"columns": ["a", "a"], "data": [[1, 2]]}, "requirements": {"source": "frames.txt"}},
        files={"frames.txt": "pandas==3.1.1\n"},
    ),
    "odd-param": Broken(
        "model:predict",
        """
        def predict(rows, params):
            return rows
        """,
        (
            "error: params of the manifest can't be used: param 'limit' is missing, which tells no "
            "type; expected a boolean, number, string, date, object or a list of scalars",
            " hint: correct params",
        ),
        manifest={"params": {"limit": None}},
    ),
}


def write_broken(folder: Path, one: Broken) -> Project:
    manifest = {"model": {"entrypoint": one.entrypoint}, "input_example": [1, 2], **one.manifest}
    return write_project(folder, manifest, {"model.py": one.model, **one.files})


@pytest.mark.parametrize("name", BROKEN)
def test_it_says_what_is_wrong(name: str, tmp_path: Path) -> None:
    project = write_broken(tmp_path, BROKEN[name])
    assert project.fails() == (1, list(BROKEN[name].lines))


@pytest.fixture(scope="module")
def incomplete(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose own list of requirements leaves out what its model imports."""
    return write_project(
        tmp_path_factory.mktemp("incomplete"),
        {
            "model": {"entrypoint": "model:predict"},
            "input_example": ["box"],
            "requirements": {"pip": ["six==1.17.0"]},
        },
        {
            "requirements.txt": "inflection==0.5.1\nsix==1.17.0\n",
            "model.py": """
            def predict(words):
                import inflection
                return [inflection.pluralize(word) for word in words]
            """,
        },
    )


def contents(project: Project) -> dict[str, bytes]:
    """Every file of a project: its lock, its package and its report among them."""
    files = (path for path in project.root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(project.root)): path.read_bytes() for path in files}


def test_a_module_that_the_package_lacks_ends_with_the_command_that_helps(incomplete: Project) -> None:
    code, lines = incomplete.fails()
    assert (code, lines) == (
        1,
        [
            "error: the package needs the module 'inflection' while it predicted the input example, and its environment"
            " does not have it",
            "  why: model.py:2, in predict",
            "  why: in the source environment inflection==0.5.1 provides it",
            " hint: mpk validate --override 'inflection==0.5.1' --write",
        ],
    )
    before = contents(incomplete)
    command = re.search(r"mpk (validate .+) --write", lines[-1])
    assert command
    done = incomplete.mpk(*shlex.split(command[1]))
    assert done.returncode == 0, done.stderr
    shown = re.sub(r"\d+\.\d+ s", "0.0 s", done.stdout).splitlines()
    assert shown == [
        "with inflection==0.5.1:",
        "  + inflection 0.5.1",
        "",
        "               unmodified            overridden",
        "  loads in     -                     0.0 s",
        "  predicts in  -                     0.0 s",
        "  predictions  none: missing-module  as expected",
        "",
        "nothing was changed",
    ]
    assert contents(incomplete) == before


def test_a_version_that_no_index_has_is_told_with_the_nearest(incomplete: Project) -> None:
    incomplete.mpk("build", "--until", "package")
    before = contents(incomplete)
    assert incomplete.fails("validate", "--override", "opencv-python==4.8.0") == (
        1,
        [
            "error: no index has opencv-python==4.8.0; the nearest version is 4.8.0.76",
            "  why: '==4.8.0' matches 4.8.0 alone; '==4.8.0.*' matches 4.8.0.76 (PEP 440)",
            " hint: mpk validate --override 'opencv-python==4.8.0.76', or 'opencv-python==4.8.0.*' for whatever is the"
            " newest of that series",
        ],
    )
    assert contents(incomplete) == before
