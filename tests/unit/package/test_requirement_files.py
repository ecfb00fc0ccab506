"""The files of a package that say what it requires, changed together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import UsageError
from mpk_build.package import requirement_files
from mpk_build.package.reading import Package, read
from mpk_build.package.requirement_files import Change

if TYPE_CHECKING:
    from pathlib import Path

MLMODEL = """\
flavors:
  python_function:
    env: {conda: conda.yaml, virtualenv: python_env.yaml}
    loader_module: mlflow.sklearn
    python_version: 3.11.7
mlflow_version: 3.17.2
"""
REQUIREMENTS = "mlflow==3.17.2\nscikit_learn==1.5.0\n-c constraints.txt\n"
CONDA = """\
# written by hand
channels: [conda-forge]
dependencies:
- python=3.11.7
- conda-forge::NumPy=1.26
- pip<=24
- pip:
  - mlflow==3.17.2
  - scikit_learn==1.5.0   # the pickle is of it
  - --extra-index-url https://example.org/simple
  - -c constraints.txt
name: mlflow-env
"""
PYTHON_ENV = "python: 3.11.7\nbuild_dependencies: [pip]\ndependencies:\n- -r requirements.txt\n"


def package(folder: Path, **files: str) -> Package:
    texts = {"MLmodel": MLMODEL, "requirements.txt": REQUIREMENTS, "conda.yaml": CONDA, "python_env.yaml": PYTHON_ENV}
    for name, text in {**texts, "constraints.txt": "numpy<2\nsix==1.16.0  # why\n", **files}.items():
        (folder / name).write_text(text)
    return read(folder)


def test_a_requirement_takes_the_place_of_its_variant(tmp_path: Path) -> None:
    changed = requirement_files.changed(package(tmp_path), Change(add=("scikit-learn==1.6.0",)))
    assert changed == {
        "requirements.txt": REQUIREMENTS.replace("scikit_learn==1.5.0", "scikit-learn==1.6.0"),
        "conda.yaml": CONDA.replace("scikit_learn==1.5.0", "scikit-learn==1.6.0"),
    }


def test_what_is_new_comes_last_and_bounds_give_way_to_it(tmp_path: Path) -> None:
    changed = requirement_files.changed(package(tmp_path), Change(add=("six==1.17.0", "idna[all]<4,>=3")))
    assert changed == {
        "requirements.txt": REQUIREMENTS.replace("-c", "six==1.17.0\nidna[all]<4,>=3\n-c"),
        "conda.yaml": CONDA.replace(
            "  - -c constraints.txt\n", "  - -c constraints.txt\n  - six==1.17.0\n  - idna[all]<4,>=3\n"
        ),
        "constraints.txt": "numpy<2\n",
    }


def test_a_name_is_removed_however_it_is_spelt_and_from_conda_too(tmp_path: Path) -> None:
    removed = requirement_files.changed(package(tmp_path), Change(remove=("scikit-learn", "numpy")))
    assert removed == {
        "requirements.txt": REQUIREMENTS.replace("scikit_learn==1.5.0\n", ""),
        "conda.yaml": CONDA.replace("  - scikit_learn==1.5.0   # the pickle is of it\n", "").replace(
            "- conda-forge::NumPy=1.26\n", ""
        ),
    }


def test_files_that_list_requirements_themselves(tmp_path: Path) -> None:
    listed = "dependencies: [six==1.16.0, idna]\n"
    conda = "dependencies:\n- python=3.11\n"
    given = package(tmp_path, **{"python_env.yaml": listed, "conda.yaml": conda})
    assert requirement_files.changed(given, Change(add=("six",))) == {
        "requirements.txt": REQUIREMENTS.replace("-c", "six\n-c"),
        "python_env.yaml": "dependencies: [six, idna]\n",
        "conda.yaml": conda + "- pip\n- pip: [six]\n",
    }


def test_an_old_package_that_has_only_a_conda_file(tmp_path: Path) -> None:
    given = package(
        tmp_path, MLmodel="flavors: {python_function: {env: old.yaml, loader_module: x}}\n", **{"old.yaml": CONDA}
    )
    for name in ("requirements.txt", "conda.yaml", "python_env.yaml"):
        (tmp_path / name).unlink()
    assert [one.content for one in requirement_files.listed(given)][:2] == ["mlflow==3.17.2", "scikit_learn==1.5.0"]
    changed = requirement_files.changed(given, Change(remove=("mlflow",)))
    assert changed == {"old.yaml": CONDA.replace("  - mlflow==3.17.2\n", "")}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"requirements.txt": "six --hash=sha256:00\n"}, "requirements.txt:1 has a hash, so that every requirement needs one, and 'idna' has none"),
        ({"conda.yaml": "- a\n"}, "{root}/conda.yaml is not a map"),
        ({"conda.yaml": "a: [\n"}, "{root}/conda.yaml is not YAML: while parsing a flow node"),
        ({"conda.yaml": "a: " + "[" * 100}, "{root}/conda.yaml is nested deeper than 64 levels"),
        ({"requirements.txt": "-c ../conda.yaml\n"}, "{root}/../conda.yaml lies outside of the package, so it is left alone"),
    ],
    ids=["hash", "list", "syntax", "deep", "outside"],
)  # fmt: skip
def test_what_can_not_be_changed(tmp_path: Path, files: dict[str, str], message: str) -> None:
    (tmp_path / "conda.yaml").write_text(CONDA)
    root = tmp_path / "model"
    root.mkdir()
    with pytest.raises(UsageError) as caught:
        requirement_files.changed(package(root, **files), Change(add=("idna",)))
    assert caught.value.message == message.format(root=root)
