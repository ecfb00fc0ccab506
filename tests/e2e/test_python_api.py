"""mpk from Python: an object in hand becomes a package, and a package an object, in the process of the caller."""

from __future__ import annotations

import json
import math
import platform
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import Project, write_project
from support import PROJECT

import mpk_build
from mpk_build.foundation.errors import StageError, UsageError
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from pathlib import Path

UNITS = "def metres(feet):\n    from late import FACTOR\n    return feet * FACTOR\n"
# What is defined in a script or a notebook has no module that another process could import.
SCRIPT = """\
import json
from pathlib import Path
import mpk_build
from units import metres

class Tower:
    def __init__(self, base):
        self.base = base
    def load_context(self, context):
        self.more = json.loads(Path(context.artifacts["more"]).read_text()) + context.model_config["extra"]
    def predict(self, context, model_input, params=None):
        return [metres(one) * params["scale"] + self.base + self.more for one in model_input]

made = mpk_build.save_model(
    Tower(1.0), "saved/tower", input_example=[10.0, 20.0], params={"scale": 2.0}, config={"extra": 5},
    artifacts={"more": "more.json", "far": Path("far.txt").absolute().as_uri()}, metadata={"owner": "me"},
)
print(json.dumps([made.metadata, made.schema("inputs"), made.schema("outputs")]))
"""


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tower")
    files = {"units.py": UNITS, "late.py": "FACTOR = 0.5\n", "more.json": "100", "far.txt": "far", "train.py": SCRIPT}
    for name, text in files.items():
        (folder / name).write_text(text)
    done = subprocess.run([sys.executable, "train.py"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    column = [{"type": "double"}]
    assert json.loads(done.stdout) == [{"owner": "me"}, column, column]
    return folder / "saved" / "tower"


def test_an_object_of_a_script_becomes_a_whole_package(tower: Path) -> None:
    files = sorted(one.relative_to(tower).as_posix() for one in tower.rglob("*") if one.is_file())
    assert files == [
        "MLmodel",
        "artifacts/far/far.txt",
        "artifacts/more/more.json",
        "code/late.py",
        "code/mpk_python_model.py",
        "code/units.py",
        "conda.yaml",
        "input_example.json",
        "pylock.toml",
        "python_env.yaml",
        "python_model.json",
        "python_model.pkl",
        "requirements.txt",
        "serving_input_example.json",
    ]
    assert (tower / "requirements.txt").read_text().startswith("cloudpickle==")


def test_it_is_loaded_and_asked_in_this_process(tower: Path) -> None:
    loaded = mpk_build.load_model(tower)
    assert loaded.predict([10.0]) == [116.0]
    assert loaded.predict([10.0], {"scale": 1.0}) == [111.0]
    assert (loaded.metadata.metadata, loaded.metadata.root) == ({"owner": "me"}, tower)
    assert mpk_build.load_model(f"file://{tower}", config={"extra": 6}).predict([10.0]) == [117.0]
    assert "units" not in sys.modules
    with pytest.raises(UsageError) as refused:
        loaded.predict(["a"])
    assert refused.value.message == 'Value 0: the string "a", where a number is expected.'


def test_one_call_predicts_in_an_environment_of_its_own(tower: Path) -> None:
    assert mpk_build.predict(tower) == [116.0, 126.0]
    assert mpk_build.predict(tower, [0.0], {"scale": 3.0}) == [106.0]


def test_what_can_not_be_loaded_or_saved(tower: Path, tmp_path: Path) -> None:
    messages = []
    unknown: Any = "lenient"
    calls: list[Any] = [
        lambda: mpk_build.load_model(tower, flavor="sklearn"),
        lambda: mpk_build.load_model(tower, config={"other": 1}),
        lambda: mpk_build.load_model(tower, mode=unknown),
        lambda: mpk_build.load_model(tower).predict_stream([1.0]),
        lambda: mpk_build.load_model(tmp_path),
        lambda: mpk_build.predict(tower, [1.0, -math.inf]),
        lambda: mpk_build.save_model(len, tower),
        lambda: mpk_build.save_model(1, tmp_path / "new"),
        lambda: mpk_build.save_model(len, tmp_path / "new", artifacts={"a": "none"}),
        lambda: mpk_build.save_model(len, tmp_path / "new", input_example=[object()]),
        lambda: mpk_build.save_model(len, tmp_path / "new", input_example=["a"], signature={"inputs": ["long"]}),
        lambda: mpk_build.save_model(len, tmp_path / "new", signature={"inputs": {"age": "duble"}}),
        lambda: mpk_build.save_model(len, tmp_path / "new", signature=unknown),
        lambda: mpk_build.save_model(len, tmp_path / "new", metadata={"by": object()}),
        lambda: mpk_build.infer_signature(object()),
        lambda: mpk_build.Model().add_flavor("own", by=object()).save(tmp_path / "MLmodel"),
    ]
    for call in calls:
        with pytest.raises((UsageError, StageError)) as caught:
            call()
        messages.append(caught.value.message)
    assert messages == [
        f"{tower} has no flavor 'sklearn'; it has python_function",
        "the model's config has extra; found other, which it would not see",
        "found the mode 'lenient'; expected strict or mlflow",
        "the model predicts as a whole: it has no predict_stream, and its predict yields nothing",
        f"{tmp_path} is no model package: it has no file MLmodel",
        "the data can't be sent to the model's own process: an infinite number, which JSON does not have; "
        "load_model(uri).predict takes it",
        f"there is something at {tower} already",
        "the model can't be saved: TypeError: found a int; expected an estimator, a class or an object with predict, or a function",
        "there is no artifact none",
        "could not read the input example: it holds a object, which JSON has no form for",
        'could not read the input example: Value 0: the string "a", where a 64-bit integer is expected.',
        "save_model:11:10: signature.inputs.age: found 'duble'; expected one of boolean, integer, long, float, double, "
        "string, binary, datetime, any\n   11 |     age: duble\n      |          ^",
        "found a signature of the type str; expected a map of inputs, outputs and params",
        "metadata can't be written as JSON: Object of type object is not JSON serializable",
        "model_input: the data holds values of the type object, for which a signature has no word",
        "the document holds a value of the type object; expected text, numbers, lists, maps",
    ]
    assert list(tmp_path.iterdir()) == []


def test_what_another_python_pickled_is_told_to_be_that(tower: Path, tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(tower, package)
    document = mpk_build.Model.load(package)
    document.function["python_version"] = "3.6.15"
    document.save(package)
    (package / "python_model.pkl").write_bytes(b"cbuiltins\nint\n(S'a'\ntR.")
    with pytest.raises(ValueError, match="invalid literal") as caught:
        mpk_build.load_model(package)
    assert caught.value.__notes__ == [
        f"The model was made with Python 3.6.15, and this is {platform.python_version()}; "
        "mpk predict and mpk_build.predict make an environment of its own Python."
    ]


def test_a_signature_is_spelled_out_as_in_the_manifest(tmp_path: Path) -> None:
    said = {"inputs": ["double"], "params": {"scale": "float"}}
    made = mpk_build.save_model(len, tmp_path / "new", params={"scale": 2}, signature=said)
    assert repr(Signature.from_document(made.signature)) == (
        "Signature(inputs=[{'type': 'double', 'required': True}],"
        " params=[{'name': 'scale', 'default': 2.0, 'shape': None, 'type': 'float'}])"
    )


def test_a_class_saved_from_python_is_what_a_build_makes_of_it(tmp_path: Path) -> None:
    code = "class Model:\n    def predict(self, model_input):\n        return [2 * one for one in model_input]\n"
    manifest = {
        "name": "twice",
        "model": {"entrypoint": "own:Model"},
        "input_example": ["a", "b"],
        "targets": {"model": {}},
    }
    project = write_project(tmp_path / "p", {**manifest, "requirements": {"source": sys.executable}}, {"own.py": code})
    built = mpk_build.build(project.root / "mpk.yaml", until="package")
    assert built.error is None
    assert [stage.status for stage in built.stages] == ["built", "built"]
    script = "import own, mpk_build; mpk_build.save_model(own.Model, 'twice', input_example=['a', 'b'])"
    (project.root / "save.py").write_text(script)
    subprocess.run([sys.executable, "save.py"], cwd=project.root, check=True)
    assert _content(project.root / "twice") == _content(project.model)
    assert Project(project.root).predict("twice") == ["aa", "bb"]


def _content(folder: Path) -> dict[str, bytes]:
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def test_importing_mpk_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import mpk_build; print([one for one in set(sys.modules) - before if one.split('.')[0] not in sys.stdlib_module_names])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['mpk_build']\n"
    with pytest.raises(AttributeError, match="module 'mpk_build' has no attribute 'lod_model'"):
        _ = mpk_build.lod_model
    assert {"Model", "build", "infer_signature", "load_model", "predict", "save_model"} <= set(dir(mpk_build))


def test_what_the_page_on_packages_shows(tmp_path: Path) -> None:
    page = (PROJECT / "docs" / "packages.md").read_text()
    [code] = re.findall(r"^```python\n(import mpk_build\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "page.py").write_text(code)
    done = subprocess.run([sys.executable, "page.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == re.findall(r"^print.*  # (.*)$", code, re.MULTILINE)
