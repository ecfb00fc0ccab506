"""The project layouts that MLflow's documentation on dependencies shows, also those that it says fail, by name.

``my_project`` of https://mlflow.org/docs/latest/model/dependencies.html, "Saving Extra Code with an MLflow Model", and
others that projects have.
"""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import write_project

if TYPE_CHECKING:
    from pathlib import Path

LOADER = "mpk_python_model.py"
UTILS = "def my_func(values):\n    return [value * 10 for value in values]\n"
INSIDE = """
class MyModel:
    def predict(self, context, model_input):
        from {module} import my_func

        return my_func(model_input)
"""


def at_top(module: str) -> str:
    return f"from {module} import my_func\n{INSIDE.format(module=module)}"


@dataclass(frozen=True)
class Layout:
    """A layout.

    Attributes:
        files: The files of ``my_project``, and of what lies beside it.
        code: What its package has below ``code/``.
        model: Fields of the manifest's ``model``.
    """

    files: dict[str, str]
    code: tuple[str, ...]
    model: dict[str, Any] = field(default_factory=dict)


LAYOUTS = {
    "utils.py beside train.py": Layout(
        {"train.py": INSIDE.format(module="utils"), "utils.py": UTILS},
        ("train.py", "utils.py"),
        {"code_paths": ["utils.py"]},
    ),
    "src/utils.py as src.utils, which fails in MLflow": Layout(
        {"train.py": INSIDE.format(module="src.utils"), "src/utils.py": UTILS},
        ("src/utils.py", "train.py"),
        {"code_paths": ["src/utils.py"]},
    ),
    "the folder src": Layout(
        {"train.py": INSIDE.format(module="src.utils"), "src/utils.py": UTILS, "src/more.py": "", "src/test_utils.py": ""},
        ("src/more.py", "src/utils.py", "train.py"),
        {"code_paths": ["src"]},
    ),
    "the folder src beside the project, which MLflow does not handle": Layout(
        {"train.py": INSIDE.format(module="src.utils"), "../src/utils.py": "from .factors import my_func\n", "../src/factors.py": UTILS},
        ("src/factors.py", "src/utils.py", "train.py"),
        {"code_paths": ["../src"]},
    ),
    "the recommended structure, with nothing said": Layout(
        {
            "model.py": INSIDE.format(module="core.preprocessing"),
            "train.py": "from helper.evaluation import score\nfrom model import MyModel\n",
            "core/preprocessing.py": UTILS,
            "core/unused.py": "",
            "helper/evaluation.py": "import mlflow\n",
        },
        ("core/preprocessing.py", "model.py"),
        {"entrypoint": "model:MyModel"},
    ),
    "the recommended structure, with core and nothing else": Layout(
        {
            "model.py": INSIDE.format(module="core.preprocessing"),
            "core/preprocessing.py": UTILS,
            "core/later.py": "",
            "helper/evaluation.py": "",
        },
        ("core/later.py", "core/preprocessing.py", "model.py"),
        {"entrypoint": "model:MyModel", "code_paths": ["core", "model.py"], "infer_code_paths": False},
    ),
    "a namespace package in two folders": Layout(
        {
            "train.py": at_top("space.first"),
            "space/first.py": "from space.second import my_func\n",
            "src/space/second.py": UTILS,
        },
        ("space/first.py", "space/second.py", "train.py"),
    ),
    "data of a package, of which the example asks for some": Layout(
        {
            "train.py": at_top("pkg.words"),
            "pkg/__init__.py": "",
            "pkg/words.py": """
from importlib.resources import as_file, files

def my_func(values):
    names = {10: "one", 20: "two"}
    with as_file(files("pkg") / "texts" / f"{names.get(values[0], 'one')}.txt") as file:
        return [value * int(file.read_text()) for value in values]
""",
            "pkg/texts/one.txt": "10",
            "pkg/texts/two.txt": "20",
            "pkg/inner/__init__.py": "",
            "pkg/inner/other.txt": "",
        },
        ("pkg/__init__.py", "pkg/texts/one.txt", "pkg/texts/two.txt", "pkg/words.py", "train.py"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_package_predicts_in_a_clean_environment(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    model = {"entrypoint": "train:MyModel", **layout.model}
    project = write_project(tmp_path / "my_project", {"model": model, "input_example": [1, 2]}, layout.files)
    stages = project.build()["stages"]
    # Without the project, and with what it predicted there.
    validated = stages[-1]["facts"]
    assert (validated["compare"]["by"], validated["differences"]) == ("values", 0)
    assert project.packaged() == sorted([*layout.code, LOADER])


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler here")
def test_an_extension_of_the_project_goes_along(tmp_path: Path) -> None:
    source = tmp_path / "fast.c"
    source.write_text(EXTENSION)
    files = {"train.py": at_top("pkg.fast"), "pkg/__init__.py": "", "pkg/fast.pyx": "", "pkg/fast.c": ""}
    project = write_project(
        tmp_path / "my_project", {"model": {"entrypoint": "train:MyModel"}, "input_example": [1, 2]}, files
    )
    target = project.root / "pkg" / f"fast{sysconfig.get_config_var('EXT_SUFFIX')}"
    include = sysconfig.get_path("include")
    subprocess.run(["cc", "-shared", "-fPIC", f"-I{include}", "-o", target, source], check=True)
    project.build()
    assert project.predict() == [10, 20]
    assert project.packaged() == sorted(["pkg/__init__.py", f"pkg/{target.name}", "train.py", LOADER])


EXTENSION = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *my_func(PyObject *self, PyObject *values) {
    PyObject *found = PyList_New(0);
    for (Py_ssize_t at = 0; at < PyList_Size(values); at++) {
        PyObject *one = PyLong_FromLong(10 * PyLong_AsLong(PyList_GetItem(values, at)));
        PyList_Append(found, one);
        Py_DECREF(one);
    }
    return found;
}
static PyMethodDef methods[] = {{"my_func", my_func, METH_O, ""}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "fast", NULL, -1, methods};
PyMODINIT_FUNC PyInit_fast(void) { return PyModule_Create(&module); }
"""
