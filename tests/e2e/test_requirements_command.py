"""`mpk requirements`, on manifests and on packages of mpk and of MLflow; the real MLflow reads what it leaves."""

from __future__ import annotations

import json
import subprocess
import textwrap
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from e2e import mlflow_environment
from e2e.projects import Project, write_project
from index_server import write_wheel
from tiny import MODEL

from mpk_build.environment.conda import locked
from mpk_build.environment.conda.locked import CondaPackage
from mpk_build.foundation import digests
from mpk_build.package import mlmodel

if TYPE_CHECKING:
    from pathlib import Path

SIX = "def predict(values):\n    import six\n    return [six.__version__ for value in values]\n"
IDNA = "idna>=3.10; python_version >= '3.9'"
SAVE = """
    import sys, mlflow
    class Model(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input):
            return model_input
    wanted = ["six==1.16.0", "idna<3.7; python_version < '3.9'", "idna>=3.7; python_version >= '3.9'",
              "--extra-index-url https://example.org/Simple", "Attrs @ https://example.org/Attrs.zip"]
    mlflow.pyfunc.save_model(sys.argv[1], python_model=Model(), pip_requirements=wanted)
"""
READ = """
    import json, sys
    import mlflow.pyfunc
    from mlflow.utils.requirements_utils import _parse_requirements
    path = sys.argv[1]
    listed = mlflow.pyfunc.get_model_dependencies(path, format="pip")
    parsed = [one.req_str for one in _parse_requirements(listed, is_constraint=False)]
    model = mlflow.pyfunc.load_model(path)
    conda = open(mlflow.pyfunc.get_model_dependencies(path, format="conda")).read()
    size = mlflow.models.Model.load(path).model_size_bytes
    print(json.dumps({"parsed": parsed, "conda": conda, "predicts": list(model.predict([1])), "size": size}))
"""


def in_mlflow(code: str, path: Path) -> str:
    interpreter = mlflow_environment.python(mlflow_environment.ALONE)
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", textwrap.dedent(code), path],
        env=mlflow_environment.environment(interpreter),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def said(project: Project, *arguments: str | Path) -> list[str]:
    done = project.mpk("requirements", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture
def built(tmp_path: Path) -> Project:
    manifest = {
        "model": {"entrypoint": "model:predict"},
        "requirements": {"extra": ["six==1.16.0"], "constraints": "bounds.txt", "override": ["idna==3.6"]},
        "input_example": [1],
        "targets": {"model": {}},
    }
    files = {"model.py": SIX, "requirements.txt": "six==1.16.0\n", "bounds.txt": "six<1.17  # proven\n"}
    project = write_project(tmp_path / "project", manifest, files)
    project.build("package")
    return project


def test_a_manifest(tmp_path: Path) -> None:
    manifest = {"model": {"entrypoint": "model:predict"}, "input_example": [1], "requirements": {"extra": ["six"]}}
    project = write_project(tmp_path, manifest, {"model.py": MODEL})
    text = (tmp_path / "mpk.yaml").read_text() + "# that is all\n"
    (tmp_path / "mpk.yaml").write_text(text)
    assert said(project, "add", "Six==1.17.0", "idna") == [
        "mpk.yaml: requirements.extra has 'Six==1.17.0'",
        "mpk.yaml: requirements.extra has 'idna'",
        "next: mpk build",
    ]
    assert (
        said(project, "add", "--override", "numpy<2", "mpk.yaml")[0] == "mpk.yaml: requirements.override has 'numpy<2'"
    )
    assert said(project, "list", "mpk.yaml") == ["extra: Six==1.17.0", "extra: idna", "override: numpy<2"]
    assert said(project, "remove", "NumPy", "IDNA>=3")[0] == "mpk.yaml: 'numpy' is gone from requirements.override"
    assert said(project, "add", "Six==1.17.0") == ["mpk.yaml: nothing to change"]
    after = text.replace("- six\n", "- Six==1.17.0\n").replace("# that", "# that")
    assert (tmp_path / "mpk.yaml").read_text().replace("  override: []\n", "") == after
    assert project.fails("requirements", "remove", "sixx") == (
        2,
        ["error: mpk.yaml does not list 'sixx', so there is nothing to remove", " hint: did you mean 'six'?"],
    )
    assert project.fails("requirements", "remove", "pandas") == (
        2,
        [
            "error: mpk.yaml does not list 'pandas', so there is nothing to remove",
            " hint: what was found and is not wanted: requirements: {exclude: [pandas]}",
        ],
    )
    assert project.fails("requirements", "add", "six==") == (
        2,
        [
            "error: 'six==' is not a requirement: Expected semicolon (after name with no version specifier) or end",
            " hint: write it as 'numpy>=2' (PEP 508)",
        ],
    )
    (tmp_path / "attrs").mkdir()
    assert said(project, "add", "attrs")[0] == "mpk.yaml: requirements.extra has 'attrs'"
    assert (
        project.fails("requirements", "add", "./absent")[1][0]
        == "error: absent is what to edit; expected a requirement before it"
    )


def test_a_package_changes_as_a_whole(built: Project) -> None:
    before = {path.name: path.read_bytes() for path in built.model.iterdir() if path.is_file()}
    assert built.predict() == ["1.16.0"]
    assert said(built, "add", "Six==1.17.0", "idna>3; python_version >= '3.8'", "dist/model") == [
        "dist/model: MLmodel, conda.yaml, constraints.txt, pylock.toml, requirements.txt",
        "  gave way: constraints.txt: six<1.17  # proven",
        "  + idna 3.6",
        "  ~ six 1.16.0 -> 1.17.0",
        "next: mpk predict dist/model",
    ]
    assert built.requirements == ["Six==1.17.0", "idna>3; python_version >= '3.8'", "-c constraints.txt"]
    assert built.predict() == ["1.17.0"]
    assert said(built, "list", "dist/model") == built.requirements
    document = json.loads(built.mpk("inspect", "--json").stdout)
    files = {
        path.relative_to(built.model).as_posix(): digests.of_file(path) for path in digests.source_files(built.model)
    }
    del files["MLmodel"]
    assert document["uuid"] == mlmodel.identity(yaml.safe_load((built.model / "MLmodel").read_text()), files)
    said(built, "remove", "idna", "dist/model")
    said(built, "add", "six==1.16.0", "dist/model")
    changed = {path.name for path in built.model.iterdir() if path.is_file() and path.read_bytes() != before[path.name]}
    # The bound is gone for good.
    assert changed == {"MLmodel", "constraints.txt", "pylock.toml"}


def test_what_has_no_solution_changes_nothing(built: Project) -> None:
    before = {path: path.read_bytes() for path in built.model.rglob("*") if path.is_file()}
    code, told = built.fails("requirements", "add", "six==99", "dist/model")
    assert (code, told[0]) == (1, "error: no index has six==99; the nearest version is 1.17.0")
    assert {path: path.read_bytes() for path in built.model.rglob("*") if path.is_file()} == before
    assert built.fails("requirements", "remove", "sixx", "dist/model") == (
        2,
        [
            "error: dist/model does not require 'sixx' by name, so there is nothing to remove",
            " hint: did you mean 'six'?",
        ],
    )
    assert built.fails("requirements", "add", "six", "--override", "dist/model") == (
        2,
        ["error: a package has no list of overrides", " hint: mpk validate --override 'six'"],
    )


def test_what_a_package_must_not_or_does_not_have(built: Project) -> None:
    assert built.fails("requirements", "add", "six @ https://me:secret@example.org/six.zip", "dist/model") == (
        2,
        ["error: a requirement with a password in its URL; expected it in ~/.netrc or a keyring"],
    )
    assert "secret" not in (built.model / "requirements.txt").read_text()
    wheel = write_wheel(built.root, "own", "1.0")
    (built.root / "elsewhere").mkdir()
    (built.model / "wheels").symlink_to(built.root / "elsewhere")
    assert built.fails("requirements", "add", f"own @ {wheel.as_uri()}", "dist/model") == (
        2,
        [
            "error: dist/model/wheels is a link that leads out of the package",
            " hint: cp -RL dist/model COPY, if that is to be in it",
        ],
    )
    assert list((built.root / "elsewhere").iterdir()) == []
    (built.model / "wheels").unlink()
    (built.model / "constraints.txt").unlink()
    code, lines = built.fails("requirements", "add", "attrs==23.2.0", "dist/model")
    assert (code, lines) == (
        2,
        [
            "error: requirements.txt names the constraints file constraints.txt, which the package does not have",
            " hint: put it there, or take the line out of it",
        ],
    )


def test_mlflow_reads_what_it_leaves_of_a_package_of_mpk(built: Project) -> None:
    said(built, "add", "idna[all]>3,<4; python_version >= '3.8'", "dist/model")
    read: dict[str, Any] = json.loads(in_mlflow(READ, built.model))
    assert read["parsed"] == ["six==1.16.0", "idna[all]>3,<4; python_version >= '3.8'", "six<1.17"]
    assert read["predicts"] == ["1.16.0"]


def test_a_package_of_mlflow(tmp_path: Path) -> None:
    model = tmp_path / "model"
    in_mlflow(SAVE, model)
    before = (model / "requirements.txt").read_text()
    size = sum(path.stat().st_size for path in model.rglob("*") if path.is_file())
    recorded = json.loads(in_mlflow(READ, model))["size"]
    project = Project(tmp_path)
    assert said(
        project,
        "add",
        "SIX==1.17.0",
        "idna>=3.10; python_version >= '3.9'",
        "my_pkg @ https://example.org/My.zip",
        "model",
    ) == [
        "model: MLmodel, conda.yaml, requirements.txt",
        "  it has no pylock.toml, so its environment is not pinned",
    ]
    after = (
        before.replace("six==1.16.0", "SIX==1.17.0").replace('idna>=3.7; python_version >= "3.9"', IDNA).rstrip("\n")
    )
    lines = after.splitlines()
    lines.insert(lines.index("Attrs @ https://example.org/Attrs.zip") + 1, "my_pkg @ https://example.org/My.zip")
    assert (model / "requirements.txt").read_text().splitlines() == lines
    assert said(project, "remove", "attrs", "my-pkg", "model")[0] == "model: MLmodel, conda.yaml, requirements.txt"
    read = json.loads(in_mlflow(READ, model))
    assert read["parsed"] == [
        "mlflow==3.17.2",
        "SIX==1.17.0",
        'idna<3.7; python_version < "3.9"',
        IDNA,
        "--extra-index-url https://example.org/Simple",
    ]
    assert [
        one in read["conda"] for one in ("- SIX==1.17.0\n", "Attrs", "--extra-index-url https://example.org/Simple")
    ] == [
        True,
        False,
        True,
    ]
    grown = sum(path.stat().st_size for path in model.rglob("*") if path.is_file() and path.name != "MLmodel") - (
        size - (model / "MLmodel").stat().st_size
    )
    assert read["size"] - recorded == grown


def test_a_wheel_of_this_machine_goes_into_the_package(built: Project, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path, "my-tool", "1.0")
    said(built, "add", f"My.Tool @ {wheel}", "dist/model")
    assert built.requirements == ["six==1.16.0", f"wheels/{wheel.name}", "-c constraints.txt"]
    assert built.packaged("wheels") == [wheel.name]
    assert built.predict() == ["1.16.0"]
    assert said(built, "add", "six==1.15.0", "dist/model")[1:-1] == ["  ~ six 1.16.0 -> 1.15.0"]
    assert said(built, "remove", "my_tool", "dist/model")[1:-1] == ["  - my-tool 1.0"]
    assert built.packaged("wheels") == []


def test_what_else_the_lock_was_made_with_stays(built: Project) -> None:
    conda = '\n[tool.mpk.conda]\nmade-from = "sha256:00"\n\n[[tool.mpk.conda.packages]]\n'
    lock = built.model / "pylock.toml"
    rows = dict.fromkeys(CondaPackage.__dataclass_fields__, "x")
    lock.write_text(lock.read_text() + conda + "".join(f'{name} = "{one}"\n' for name, one in rows.items()))
    said(built, "add", "idna", "dist/model")
    text = lock.read_text()
    # The manifest's override, and the packages of conda.
    assert 'name = "idna"\nversion = "3.6"\n' in text
    assert 'overrides = ["idna==3.6"]\n' in text
    assert [vars(one) for one in locked.packages_of(text)] == [rows]
