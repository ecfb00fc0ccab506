"""What packages of MLflow 1.0 to 3.17 say of their environments."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from index_server import write_wheel

from mpk_build.environment.foreign import declared
from mpk_build.foundation.errors import MpkError
from mpk_build.package.reading import Package, read

if TYPE_CHECKING:
    from pathlib import Path

FUNCTION = {"loader_module": "mlflow.sklearn", "python_version": "3.9.18", "env": "conda.yaml"}
CONDA = """\
channels: [defaults]
dependencies:
- python=3.6.8
- scikit-learn=0.20.3
- numpy=1.16.2
- libgomp
- pip
- pip: [mlflow, cloudpickle==1.1.1]
"""


def package(folder: Path, files: dict[str, str], function: dict[str, Any] | None = None, **flavors: Any) -> Package:
    document = {"flavors": {"python_function": FUNCTION if function is None else function, **flavors}}
    for name, text in {"MLmodel": yaml.safe_dump(document), **files}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return read(folder)


def said(found: declared.Declared) -> dict[str, Any]:
    """What was found, without what is empty or as always."""
    usual = {"setuptools": "setuptools", "python": "3.9.18"}
    return {name: one for name, one in dataclasses.asdict(found).items() if one and one != usual.get(name)}


def test_requirements_that_name_files_options_and_hashes(tmp_path: Path) -> None:
    texts = {
        "requirements.txt": "mlflow==1.30.1  # the tool\n-r more/extra.txt\n--extra-index-url https://x.org/simple\n"
        "-c constraints.txt\nsix==1.17.0 \\\n--hash=sha256:00\ntool @ git+https://x.org/tool@v1\n",
        "more/extra.txt": "pandas<2\n-r ../requirements.txt\n",
        "constraints.txt": "numpy<2\n\n# why\n",
    }
    assert said(declared.read(package(tmp_path, texts))) == {
        "source": "requirements.txt",
        "requirements": [
            "mlflow==1.30.1",
            "pandas<2",
            "--extra-index-url https://x.org/simple",
            "six==1.17.0 --hash=sha256:00",
            "tool @ git+https://x.org/tool@v1",
        ],
        "constraints": ["numpy<2"],
    }


def test_conda_packages_are_asked_of_the_index_and_no_channel_is(tmp_path: Path) -> None:
    alone = declared.read(package(tmp_path / "alone", {"conda.yaml": CONDA}, {**FUNCTION, "python_version": None}))
    assert said(alone) == {
        "source": "conda.yaml",
        "python": "3.6.8",
        "requirements": ["mlflow", "cloudpickle==1.1.1", "scikit-learn==0.20.3.*", "numpy==1.16.2.*"],
        "told": ["conda.yaml asks for libgomp, which only conda has: not installed"],
    }
    beside = {"conda.yaml": CONDA, "requirements.txt": "mlflow\nnumpy==1.16.4\n"}
    assert declared.read(package(tmp_path / "beside", beside)).requirements == [
        "mlflow",
        "numpy==1.16.4",
        "scikit-learn==0.20.3.*",
    ]


def test_python_env_alone_and_its_python_as_it_is_written(tmp_path: Path) -> None:
    text = "python: 3.10\nbuild_dependencies: [pip, setuptools==80.10.2]\ndependencies: [six, -c bounds.txt]\n"
    made = package(
        tmp_path, {"env.yaml": text, "bounds.txt": "six<2"}, {"loader_module": "x", "env": {"virtualenv": "env.yaml"}}
    )
    assert said(declared.read(made)) == {
        "source": "env.yaml",
        "python": "3.10",
        "requirements": ["six"],
        "constraints": ["six<2"],
        "setuptools": "setuptools==80.10.2",
    }


def test_nothing_but_the_versions_of_the_flavors(tmp_path: Path) -> None:
    flavors = {"sklearn": {"sklearn_version": "1.2.2"}, "pytorch": {"pytorch_version": "2.1.0+cu118"}}
    found = declared.read(package(tmp_path, {}, onnx={"onnx_version": "1.15.0"}, **flavors))
    assert said(found) == {
        "source": "the versions that MLmodel names",
        "requirements": ["onnx==1.15.0", "onnxruntime", "scikit-learn==1.2.2", "torch==2.1.0"],
    }


def test_wheels_of_the_package_and_files_that_are_none(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", "own-tool", "1.0")
    made = package(tmp_path, {"requirements.txt": f"wheels/{wheel.name}[fast]\nsix\n"})
    found = declared.read(made)
    assert found.requirements == ["own-tool[fast]", "six"]
    assert [(one.name, one.version, one.file) for one in found.wheels] == [("own-tool", "1.0", wheel)]
    for line in ("./code/tool", "/home/x/own_tool-1.0-py3-none-any.whl", "wheels/other-1.0-py3-none-any.whl"):
        (tmp_path / "requirements.txt").write_text(f"{line}\n")
        with pytest.raises(MpkError) as caught:
            declared.read(made)
        assert str(caught.value) == (
            f"{tmp_path}/requirements.txt names {line}; expected a requirement, or a wheel of the package's folder wheels"
        )


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("python_env.yaml", "- six", "{}/python_env.yaml is not a map"),
        ("python_env.yaml", "a: [", "{}/python_env.yaml is not YAML: while parsing a flow node"),
        ("conda.yaml", "x", "{}/conda.yaml is no conda environment: expected a map with channels and dependencies"),
        (
            "requirements.txt",
            "-r ../other.txt",
            "{}/requirements.txt names ../other.txt, which the package does not have",
        ),
        ("requirements.txt", "-r other.txt", "{}/requirements.txt names other.txt, which the package does not have"),
    ],
)
def test_files_that_say_nothing(name: str, text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(MpkError) as caught:
        declared.read(package(tmp_path, {name: text}))
    assert str(caught.value) == message.format(tmp_path)
