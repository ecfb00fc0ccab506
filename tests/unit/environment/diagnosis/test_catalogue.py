"""Each diagnosis from the failure that it is about, produced by real interpreters and real packages."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
from support import find_python
from unit.environment.diagnosis.real_failures import diagnosed, environment, failure_of, lock_of, told

from mpk_build.environment.diagnosis import catalogue
from mpk_build.environment.diagnosis.failure import Context, Failure
from mpk_build.foundation.errors import StageError

PREDICT = "def predict(values):\n    return values\n"
LIBRARIES = Path("/usr/lib") / f"{os.uname().machine}-linux-gnu"


def without_library(name: str) -> list[str | Path]:
    """The start of a command that runs where no file of the system's libraries begins so."""
    kept = [one.name for one in LIBRARIES.iterdir() if not one.name.startswith(name)]
    links = [part for one in kept for part in ("--symlink", f"/mnt/{one}", LIBRARIES / one)]
    return ["bwrap", "--dev-bind", "/", "/", "--bind", LIBRARIES, "/mnt", "--tmpfs", LIBRARIES, *links]


def plain(tmp_path: Path, code: str, python: str = "3.11", **context: Any) -> Any:
    """What is said of a model that needs no package."""
    found = find_python(python)
    assert found is not None
    return told(diagnosed(failure_of(found, tmp_path / "code", code, options=["-S"]), **context))


@pytest.fixture(scope="module")
def opencv() -> dict[str, Any]:
    lock = lock_of("opencv-python==4.8.0.76", "numpy==1.26.4")
    return {"python": environment(lock), "installed": lock.versions}


@pytest.fixture(scope="module")
def pandas() -> dict[str, Any]:
    lock = lock_of("pandas==2.2.3", "numpy==1.26.4")
    return {"python": environment(lock), "installed": lock.versions}


@pytest.fixture(scope="module")
def learning() -> dict[str, Any]:
    lock = lock_of("scikit-learn==1.5.2", "lightgbm==4.5.0", "numpy==1.26.4")
    return {"python": environment(lock), "installed": lock.versions}


def test_a_module_is_told_with_its_distribution(tmp_path: Path) -> None:
    assert plain(tmp_path, "import cv2\n" + PREDICT) == (
        "missing-module",
        "the package needs the module 'cv2' while it loaded, and its environment does not have it",
        ("model.py:1, in <module>", "'cv2' is a module of opencv-python-headless"),
        "mpk validate --override 'opencv-python-headless' --write",
        ["extra: opencv-python-headless"],
    )


@pytest.mark.parametrize(
    ("statement", "requirement"),
    [
        ("import sklearn.linear_model", "scikit-learn"),
        ("from PIL import Image", "pillow"),
        ("import yaml", "PyYAML"),
        ("import skimage", "scikit-image"),
        ("import dotenv", "python-dotenv"),
        ("import bs4", "beautifulsoup4"),
        ("import dateutil.parser", "python-dateutil"),
        ("from Crypto.Cipher import AES", "pycryptodome"),
        ("from google.cloud import storage", "google-cloud-storage"),
        ("from google.protobuf import message", "protobuf"),
        ("import google.cloud.nothing_known", "google-cloud-nothing-known"),
        ("import some_thing.inner", "some-thing"),
    ],
)
def test_the_distribution_of_a_module(tmp_path: Path, statement: str, requirement: str) -> None:
    *_, command, fix = plain(tmp_path, f"{statement}\n{PREDICT}", root=tmp_path / "code")
    assert (command, fix) == (f"mpk validate --override '{requirement}' --write", [f"extra: {requirement}"])


def test_the_source_environment_knows_better(tmp_path: Path) -> None:
    found = plain(tmp_path, "import cv2\n" + PREDICT, providers={"cv2": "opencv-python==4.8.0.76"})
    assert found[2:] == (
        ("model.py:1, in <module>", "in the source environment opencv-python==4.8.0.76 provides it"),
        "mpk validate --override 'opencv-python==4.8.0.76' --write",
        ["extra: opencv-python==4.8.0.76"],
    )


def test_a_part_of_a_namespace_that_is_not_there(tmp_path: Path) -> None:
    lock = lock_of("google-cloud-core==2.4.1")
    found = failure_of(environment(lock), tmp_path, "from google.cloud import storage\n" + PREDICT)
    assert diagnosed(found).hint == "mpk validate --override 'google-cloud-storage' --write"


def test_a_module_of_the_project_is_code(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "units.py").write_text("")
    assert plain(tmp_path, "import units\n" + PREDICT, root=tmp_path) == (
        "missing-module",
        "the module 'units' is the project's own, and was not packaged (while it loaded)",
        ("model.py:1, in <module>", "there is shared/units.py"),
        "model: {code_paths: [shared/units.py]}",
        [],
    )


def test_a_shared_library_is_told_with_debians_package_and_what_does_without(
    tmp_path: Path, opencv: dict[str, Any]
) -> None:
    found = failure_of(opencv["python"], tmp_path, "import cv2\n" + PREDICT, without_library("libGL"))
    assert told(diagnosed(found, installed=opencv["installed"])) == (
        "missing-library",
        "opencv-python 4.8.0.76 needs the shared library libGL.so.1, which is not here (while it loaded)",
        (
            "model.py:1, in <module>",
            "Debian's package libgl1 has it",
            "opencv-python-headless is the same without a screen, and does without it",
        ),
        "mpk validate --override 'opencv-python; python_version < \"0\"' --override 'opencv-python-headless==4.8.0.76'"
        " --write; or: apt-get install libgl1",
        ['override: opencv-python; python_version < "0"', "extra: opencv-python-headless==4.8.0.76"],
    )


def test_a_shared_library_that_nothing_does_without(tmp_path: Path, learning: dict[str, Any]) -> None:
    found = failure_of(learning["python"], tmp_path, "import lightgbm\n" + PREDICT, without_library("libgomp"))
    assert told(diagnosed(found, installed=learning["installed"])) == (
        "missing-library",
        "lightgbm 4.5.0 needs the shared library libgomp.so.1, which is not here (while it loaded)",
        ("model.py:1, in <module>", "Debian's package libgomp1 has it"),
        "apt-get install libgomp1",
        [],
    )


def test_opencv_of_numpy_1_with_numpy_2(tmp_path: Path) -> None:
    lock = lock_of("opencv-python==4.8.0.76", "numpy==2.2.6")
    found = failure_of(environment(lock), tmp_path, "import cv2\n" + PREDICT)
    assert told(diagnosed(found, installed=lock.versions, trained={"numpy": "1.26.4"})) == (
        "numpy-abi",
        "opencv-python 4.8.0.76 was compiled for another numpy than 2.2.6 (while it loaded)",
        (
            "model.py:1, in <module>",
            "it says: numpy.core.multiarray failed to import",
            "numpy is 1.26.4 in the source environment, and 2.2.6 in the package's",
        ),
        "mpk validate --override 'numpy<2' --write",
        ["override: numpy<2"],
    )


def test_a_compiled_module_of_numpy_1_with_numpy_2(tmp_path: Path) -> None:
    lock = lock_of("cftime==1.6.2", override=("numpy==2.2.6",))
    found = failure_of(environment(lock), tmp_path, "import cftime\n" + PREDICT)
    assert told(diagnosed(found, installed=lock.versions)) == (
        "numpy-abi",
        "cftime 1.6.2 was compiled for another numpy than 2.2.6 (while it loaded)",
        (
            "model.py:1, in <module>",
            "it says: numpy.dtype size changed, may indicate binary incompatibility",
            "numpy 2.2.6 is in the package's environment",
        ),
        "mpk validate --override 'numpy<2' --write",
        ["override: numpy<2"],
    )


@pytest.mark.parametrize(("name", "bound"), [("bool", "numpy<1.24"), ("typeDict", "numpy<1.24")])
def test_a_name_that_numpy_has_given_up(tmp_path: Path, opencv: dict[str, Any], name: str, bound: str) -> None:
    code = f"import numpy\ndef predict(values):\n    return numpy.{name}(values)\n"
    assert told(diagnosed(failure_of(opencv["python"], tmp_path, code), installed=opencv["installed"])) == (
        "numpy-abi",
        f"the model uses numpy.{name}, which numpy 1.26.4 no longer has (while it predicted the input example)",
        ("model.py:3, in predict", "numpy 1.26.4 is in the package's environment"),
        f"mpk validate --override '{bound}' --write",
        [f"override: {bound}"],
    )


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Models that scikit-learn 1.3.2 pickled."""
    folder = tmp_path_factory.mktemp("older")
    train = """
import pickle
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier
for name, model in (("warns", LogisticRegression()), ("load", GradientBoostingClassifier()), ("predict", DecisionTreeClassifier())):
    with open(name, "wb") as file:
        pickle.dump(model.fit([[0], [1], [2], [3]], [0, 0, 1, 1]), file)
"""
    python = environment(lock_of("scikit-learn==1.3.2", "numpy==1.26.4"))
    subprocess.run([python, "-c", train], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        (
            "warns",
            "it predicts something else",
        ),
        (
            "load",
            "the model was made with another version of scikit-learn; it raised ModuleNotFoundError while it loaded:"
            " No module named 'sklearn.ensemble._gb_losses'",
        ),
        (
            "predict",
            "the model was made with another version of scikit-learn; it raised AttributeError while it predicted the"
            " input example: 'DecisionTreeClassifier' object has no attribute 'monotonic_cst'",
        ),
    ],
)
def test_versions_that_are_not_those_of_training(
    tmp_path: Path, older: Path, learning: dict[str, Any], name: str, cause: str
) -> None:
    code = f"""
    import pickle
    with open({str(older / name)!r}, "rb") as file:
        model = pickle.load(file)
    def predict(values):
        return model.predict([values]).tolist()
    """
    found = failure_of(learning["python"], tmp_path, code)
    error = diagnosed(found, installed=learning["installed"], trained={"scikit-learn": "1.3.2"})
    assert (error.diagnosis, error.message) == ("version-skew", cause)
    assert "scikit-learn 1.3.2 made the model, and 1.5.2 is in the package's environment" in error.evidence
    warned = [line for line in error.evidence if line.startswith("Trying to unpickle estimator ")]
    assert [" from version 1.3.2 when using version 1.5.2." in line for line in warned] == [True] * (name != "load")
    assert error.hint == "mpk validate --override 'scikit-learn==1.3.2' --write"


def test_a_class_of_the_script_that_pickled_it(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(
        "import pickle\n\nclass Scaler:\n    pass\n\npickle.dump(Scaler(), open('scaler.pkl', 'wb'))\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "train.py"], cwd=tmp_path, check=True)
    code = f"import pickle\nmodel = pickle.load(open({str(tmp_path / 'scaler.pkl')!r}, 'rb'))\n" + PREDICT
    assert plain(tmp_path, code, root=tmp_path) == (
        "main-class",
        "a pickle names 'Scaler' of the script that wrote it (__main__), which is not there (while it loaded)",
        ("model.py:2, in <module>", "train.py:3 defines it"),
        "move 'Scaler' from train.py into a module of the project, import it from there in train.py, and write the"
        " pickle again",
        [],
    )


def test_a_program_is_no_file_of_the_model(tmp_path: Path) -> None:
    code = "import subprocess\n\n\ndef predict(values):\n    return subprocess.run(['no-such-program'])\n"
    assert plain(tmp_path, code) == (
        "missing-program",
        "the package starts the program 'no-such-program' while it predicted the input example, which is not there:"
        " [Errno 2] No such file or directory: 'no-such-program'",
        ("model.py:5, in predict",),
        "use a package of the index that does it; with a program of this machine, which an image's base has to have"
        " too: validate: {sandbox: off}",
        [],
    )


def test_what_is_no_exception_of_the_usual_kind(tmp_path: Path) -> None:
    code = "class Panic(BaseException):\n    pass\n\n\ndef predict(values):\n    raise Panic('at 7')\n"
    assert plain(tmp_path, code) == (
        "unknown",
        "the package raised Panic while it predicted the input example: at 7",
        ("model.py:6, in predict",),
        None,
        [],
    )


@pytest.mark.parametrize(("code", "name"), [(-35, "signal 35"), (-11, "SIGSEGV")])
def test_a_signal(code: int, name: str) -> None:
    found = catalogue.error_for(Failure("run", "Ended", "the process", returncode=code), Context("package"))
    assert found is not None
    assert found.message == f"the process was ended by {name}"


def test_a_file_that_is_not_packaged(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "norms.json").write_text("{}")
    assert plain(tmp_path, "norms = open('data/norms.json').read()\n" + PREDICT, root=tmp_path) == (
        "missing-file",
        "the package raised FileNotFoundError while it loaded: [Errno 2] No such file or directory: 'data/norms.json'",
        ("model.py:1, in <module>", "the project has data/norms.json, which is not in the package"),
        "name the file in model: {artifacts: {norms: data/norms.json}} and open context.artifacts['norms'], or open it"
        " beside the code: Path(__file__).with_name(...)",
        [],
    )


@pytest.mark.parametrize(
    ("expression", "requirement", "says"),
    [
        (
            "pandas.DataFrame({'a': [1]}).to_parquet('x.parquet')",
            "pyarrow==17.0.0",
            "Unable to find a usable engine; tried using: 'pyarrow', 'fastparquet'.",
        ),
        (
            "pandas.DataFrame({'a': [1]}).to_excel('x.xlsx')",
            "openpyxl",
            "No module named 'openpyxl'",
        ),
        (
            "pandas.DataFrame({'a': [1]}).to_markdown()",
            "tabulate",
            "Missing optional dependency 'tabulate'.  Use pip or conda to install tabulate.",
        ),
    ],
)
def test_an_optional_part_of_a_library(
    tmp_path: Path, pandas: dict[str, Any], expression: str, requirement: str, says: str
) -> None:
    code = f"import pandas\ndef predict(values):\n    {expression}\n"
    found = failure_of(pandas["python"], tmp_path, code)
    error = diagnosed(found, installed=pandas["installed"], providers={"pyarrow": "pyarrow==17.0.0"})
    assert [f"{edit.field}: {edit.requirement}" for edit in error.fix] == [f"extra: {requirement}"]
    assert error.hint == f"mpk validate --override '{requirement}' --write"
    assert error.diagnosis == ("missing-module" if says.startswith("No module") else "missing-extra")
    assert says in found["message"]


@pytest.mark.parametrize(
    ("text", "requirement"),
    [
        ("To use this, install it: pip install pandas[parquet]", "pandas[parquet]"),
        ("run `pip install -U 'accelerate>=0.26'`.", "accelerate>=0.26"),
        ("Please pip install tabulate to do that", "tabulate"),
        ("This needs the ray extra.", "pandas[ray]"),
        ("conda install -c conda-forge pyarrow", "pyarrow"),
        ("conda install conda-forge::pyarrow.", "pyarrow"),
    ],
)
def test_what_libraries_say_to_install(tmp_path: Path, pandas: dict[str, Any], text: str, requirement: str) -> None:
    code = f"import pandas\ndef predict(values):\n    pandas.Series([1]).map(given)\ndef given(value):\n    raise ImportError({text!r})\n"
    found = failure_of(pandas["python"], tmp_path, code)
    found["through"] = found["through"][:-1]
    error = diagnosed(found, installed=pandas["installed"])
    assert (error.diagnosis, error.hint) == ("missing-extra", f"mpk validate --override '{requirement}' --write")


@pytest.mark.parametrize(
    "text", ["pip install -r requirements.txt", "pip install git+https://example.org/a", "pip install https://a/b.whl"]
)
def test_what_is_to_be_installed_and_is_no_requirement(tmp_path: Path, text: str) -> None:
    code = f"def predict(values):\n    raise ImportError({text!r})\n"
    assert plain(tmp_path, code) == (
        "unknown",
        f"the package raised ImportError while it predicted the input example: {text}",
        ("model.py:2, in predict",),
        None,
        [],
    )


@pytest.mark.parametrize(
    ("module", "python", "cause", "command"),
    [
        (
            "distutils",
            "3.12",
            "Python 3.12 is too new: Python 3.12 took 'distutils' out of the standard library (while it loaded)",
            "mpk validate --override 'setuptools' --write; or: requirements: {python: \"3.11\"}",
        ),
        (
            "imp",
            "3.12",
            "Python 3.12 is too new: Python 3.12 took 'imp' out of the standard library (while it loaded)",
            'requirements: {python: "3.11"}',
        ),
        (
            "cgi",
            "3.13",
            "Python 3.13 is too new: Python 3.13 took 'cgi' out of the standard library (while it loaded)",
            "mpk validate --override 'legacy-cgi' --write; or: requirements: {python: \"3.12\"}",
        ),
        (
            "tomllib",
            "3.8",
            "Python 3.8 is too old: the module 'tomllib' came with Python 3.11 (while it loaded)",
            'requirements: {python: "3.11"}',
        ),
    ],
)
def test_modules_of_another_pythons_standard_library(
    tmp_path: Path, module: str, python: str, cause: str, command: str
) -> None:
    name, message, _, hint, _ = plain(tmp_path, f"import {module}\n{PREDICT}", python)
    assert (name, message, hint) == ("python-version", cause, command)


def test_a_module_of_the_project_that_is_called_as_one_of_the_standard_library(tmp_path: Path) -> None:
    (tmp_path / "pipes.py").write_text("")
    assert plain(tmp_path, "import pipes\n" + PREDICT, "3.13", root=tmp_path) == (
        "missing-module",
        "the module 'pipes' is the project's own, and was not packaged (while it loaded)",
        ("model.py:1, in <module>", "there is pipes.py"),
        "model: {code_paths: [pipes.py]}",
        [],
    )


def test_a_syntax_of_a_newer_python(tmp_path: Path) -> None:
    code = "def predict(values):\n    match values:\n        case [one]:\n            return one\n"
    assert plain(tmp_path, code, "3.9", root=tmp_path / "code") == (
        "python-version",
        "Python 3.9 is too old: model.py:2 is written for Python 3.10 or newer (while it loaded)",
        ("it says: invalid syntax (model.py, line 2)",),
        'requirements: {python: "3.10"}',
        [],
    )


def test_a_syntax_of_no_python_stays_what_it_is(tmp_path: Path) -> None:
    name, message, *_ = plain(tmp_path, "def predict(values)\n    return values\n", root=tmp_path / "code")
    assert (name, message) == (
        "unknown",
        "the package raised SyntaxError while it loaded: expected ':' (model.py, line 1)",
    )


def test_memory_that_python_does_not_get(tmp_path: Path) -> None:
    name, message, evidence, hint, _ = plain(tmp_path, "def predict(values):\n    return bytearray(10**15)\n")
    assert (name, message, hint) == (
        "memory",
        "the package ran out of memory while it predicted the input example",
        "give this machine or its container more memory, or make the input example or the model smaller",
    )
    assert evidence[0] == "model.py:2, in predict"
    assert re.fullmatch(r"this machine has \d+\.\d GB of memory, \d+\.\d GB of it free now", evidence[1])


def test_memory_that_numpy_does_not_get(tmp_path: Path, opencv: dict[str, Any]) -> None:
    code = "import numpy\ndef predict(values):\n    return numpy.ones(10**15)\n"
    error = diagnosed(failure_of(opencv["python"], tmp_path, code))
    assert (error.diagnosis, error.message) == (
        "memory",
        "the package ran out of memory while it predicted the input example: Unable to allocate 7.11 PiB for an array"
        " with shape (1000000000000000,) and data type float64",
    )


def test_what_nothing_knows_is_told_with_its_place_and_its_cause(tmp_path: Path) -> None:
    code = """
    def predict(values):
        try:
            return {}[17]
        except KeyError as error:
            raise ZeroDivisionError("of course") from error
    """
    assert plain(tmp_path, code) == (
        "unknown",
        "the package raised ZeroDivisionError while it predicted the input example: of course",
        ("model.py:6, in predict", "raised from KeyError: 17"),
        None,
        [],
    )


def test_a_source_that_can_not_be_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {
        "PKG-INFO": "Metadata-Version: 2.1\nName: unbuildable\nVersion: 1.0\n",
        "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "unbuildable"\nversion = "1.0"\n',
        "backend.py": "def build_wheel(*given, **options):\n    raise SystemExit('error: command gcc failed: no such file')\n",
    }
    with tarfile.open(tmp_path / "unbuildable-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"unbuildable-1.0/{name}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    with pytest.raises(StageError) as caught:
        environment(lock_of("unbuildable==1.0"))
    assert told(caught.value) == (
        "no-wheel",
        "unbuildable 1.0 has no wheel for this platform and Python, and its source can't be built",
        ("its build says: command gcc failed: no such file",),
        "requirements: {override: ['unbuildable!=1.0']} takes another version; or install what its build asks for",
        ["override: unbuildable!=1.0"],
    )
