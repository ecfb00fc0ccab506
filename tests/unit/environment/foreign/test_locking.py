"""Locks for packages that have none, from an index in which there is an MLflow, and versions that do not fit."""

from __future__ import annotations

import pickle
import platform
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from index_server import Index, serve, write_wheel

from mpk_build.environment import lockfile
from mpk_build.environment.foreign import locking, of_package
from mpk_build.environment.interpreters import Interpreters
from mpk_build.foundation.errors import MpkError
from mpk_build.package.reading import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MINOR = ".".join(platform.python_version_tuple()[:2])
MADE = "2023-05-01 12:00:00.123456"
OLD, NEW = "2023-01-01T00:00:00Z", "2025-01-01T00:00:00Z"
SKLEARN = {"loader_module": "mlflow.sklearn", "model_path": "model.pkl", "python_version": MINOR}
CUSTOM = {"loader_module": "own", "code": "code", "python_version": MINOR}


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    wheels = tmp_path / "index"
    made = {
        OLD: [
            write_wheel(wheels, "mlflow", "1.30.1", requires=["numpy<2", "pandas<2", "flask"]),
            *(write_wheel(wheels, name, "1.0", requires=["numpy"]) for name in ("scikit-learn", "pandas")),
            *(write_wheel(wheels, name, "1.0") for name in ("numpy", "flask", "cloudpickle", "setuptools")),
        ],
        NEW: [
            write_wheel(wheels, "mlflow", "3.0", requires=["numpy", "pandas", "flask"]),
            *(write_wheel(wheels, name, version) for name, version in (("numpy", "2.0"), ("numpy", "1.9"))),
            *(write_wheel(wheels, name, version) for name, version in (("pandas", "2.0"), ("setuptools", "81.0"))),
        ],
    }
    uploaded = {file.name: when for when, files in made.items() for file in files}
    with serve(wheels, uploaded=uploaded) as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        monkeypatch.delenv("UV_FIND_LINKS", raising=False)
        yield served


def package(folder: Path, function: dict[str, str], requirements: str, files: dict[str, bytes], **more: str) -> Path:
    document = {"flavors": {"python_function": function}, "utc_time_created": MADE, "mlflow_version": "1.30.1", **more}
    texts = {"MLmodel": yaml.safe_dump(document).encode(), "requirements.txt": requirements.encode(), **files}
    for name, data in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def locked(folder: Path, caches: Path) -> tuple[dict[str, str], tuple[str, ...], tuple[str, ...]]:
    found = locking.lock(read(folder), MINOR, caches)
    return lockfile.parse(found.text, "x").versions, found.requirements, found.told


def test_mlflow_is_left_out_but_what_it_bounds_and_the_model_uses_is_there(index: Index, tmp_path: Path) -> None:
    one = package(tmp_path / "one", SKLEARN, "mlflow\nscikit-learn==1.0\n", {"model.pkl": pickle.dumps([1])})
    versions = {"scikit-learn": "1.0", "numpy": "1.0", "pandas": "1.0"}
    wanted = ("scikit-learn==1.0", "numpy==1.0", "pandas==1.0")
    assert locked(one, tmp_path / "caches") == (
        versions,
        wanted,
        ("mlflow==1.30.1 is left out: nothing in the package imports it",),
    )
    shutil.copytree(one, tmp_path / "two")
    index.asked.clear()
    assert locked(tmp_path / "two", tmp_path / "caches")[1] == wanted
    assert index.asked == []


def test_a_model_of_arrays_needs_no_pandas_and_code_what_it_imports(index: Index, tmp_path: Path) -> None:
    signature = {"inputs": '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}]'}
    code = {"code/own.py": b"def f():\n    import flask\n    import other\n"}
    one = package(tmp_path / "one", CUSTOM, "mlflow==1.30.1", code)
    assert locked(one, tmp_path)[1] == ("flask==1.0", "numpy==1.0", "pandas==1.0")
    document = yaml.safe_load((one / "MLmodel").read_text())
    (one / "MLmodel").write_text(yaml.safe_dump({**document, "signature": signature}))
    assert locked(one, tmp_path)[1] == ("flask==1.0", "numpy==1.0")
    assert index.asked


@pytest.mark.usefixtures("index")
def test_mlflow_stays_where_something_names_it(tmp_path: Path) -> None:
    needs = "import mlflow.pyfunc"
    one = package(tmp_path / "one", CUSTOM, "mlflow", {"code/own.py": f"# why\n{needs}\n".encode()})
    versions, requirements, told = locked(one, tmp_path)
    assert requirements == ("mlflow==1.30.1", "setuptools<81")
    assert versions == dict.fromkeys(("flask", "numpy", "pandas", "setuptools"), "1.0") | {"mlflow": "1.30.1"}
    assert told == ("mlflow==1.30.1 is needed: code/own.py:2 imports mlflow.pyfunc",)
    two = package(tmp_path / "two", {**SKLEARN, "loader_module": "mlflow.gluon"}, "cloudpickle", {"model.pkl": b""})
    assert locked(two, tmp_path)[1:] == (
        ("cloudpickle", "mlflow==1.30.1", "setuptools<81"),
        ("mlflow==1.30.1 is needed: its loader is mlflow.gluon",),
    )


def test_what_was_not_there_when_it_was_made_is_taken_from_now_and_told(index: Index, tmp_path: Path) -> None:
    one = package(tmp_path / "one", SKLEARN, "numpy==2.0\n", {"model.pkl": b""})
    told: tuple[str, ...] = (
        "as of 2023-05-02T00:00:00Z, when it was made, its requirements have no solution: as of now",
    )
    assert locked(one, tmp_path) == ({"numpy": "2.0"}, ("numpy==2.0",), told)
    index.asked.clear()
    assert (locked(one, tmp_path)[2], index.asked) == (told, [])
    two = package(tmp_path / "two", SKLEARN, "mlflow==0.1\npandas==2.0\n", {"model.pkl": b""})
    versions, requirements, told = locked(two, tmp_path)
    assert (versions, requirements) == ({"pandas": "2.0", "numpy": "2.0"}, ("pandas==2.0", "numpy"))
    assert told[1].startswith("with MLflow it has no solution (no index has mlflow==0.1")


@pytest.mark.usefixtures("index")
def test_its_python_is_that_of_the_package_or_told(tmp_path: Path) -> None:
    interpreters = Interpreters(tmp_path / "interpreters.json")
    one = package(tmp_path / "one", {**SKLEARN, "python_version": f"{MINOR}.99"}, "numpy", {"model.pkl": b""})
    own = platform.python_version()
    first = f"{one} has no lock: its environment is resolved from requirements.txt"
    found = of_package.without_lock(read(one), interpreters, tmp_path)
    assert (found.interpreter.version, found.told) == (own, (first, f"Python {own} is taken for {MINOR}.99"))
    document = yaml.safe_load((one / "MLmodel").read_text())
    del document["flavors"]["python_function"]["python_version"]
    (one / "MLmodel").write_text(yaml.safe_dump(document))
    assert of_package.without_lock(read(one), interpreters, tmp_path).told == (
        first,
        f"Python {own} is taken, for it does not say with which it was made",
    )
    document["flavors"]["python_function"]["python_version"] = "3.6.8"
    (one / "MLmodel").write_text(yaml.safe_dump(document))
    with pytest.raises(MpkError) as caught:
        of_package.without_lock(read(one), interpreters, tmp_path)
    assert str(caught.value) == f"{one} was made with Python 3.6.8, and mpk runs models on 3.8 and later"


@pytest.mark.usefixtures("index")
@pytest.mark.parametrize("moment", ["9999-12-31 23:59:59", "0001-01-01 00:00:00+01:00", "yesterday"])
def test_a_moment_that_no_calendar_has_is_none(tmp_path: Path, moment: str) -> None:
    one = package(tmp_path / "one", SKLEARN, "numpy\n", {"model.pkl": b""}, utc_time_created=moment)
    assert locked(one, tmp_path)[0] == {"numpy": "2.0"}
