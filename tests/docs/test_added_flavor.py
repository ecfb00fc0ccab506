"""The page on flavors adds one: its library and its flavor, as they stand there, make a package that also MLflow loads."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from e2e import mlflow_environment
from e2e.projects import write_project
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

PAGE = PROJECT / "docs" / "flavors.md"
RULES = '{"cold": 10, "mild": 20, "hot": 1000}'
READ = "import mlflow, sys; print(mlflow.pyfunc.load_model(sys.argv[1]).predict([5, 15.5, 25]))"


def files() -> dict[str, str]:
    """The blocks of the page that are files, by name."""
    blocks = re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return {f"library/{name}": text for name, text in blocks}


def test_the_flavor_of_the_page(tmp_path: Path) -> None:
    manifest = {
        "model": {"path": "house.rules"},
        "input_example": [5, 15.5, 25],
        "targets": {"model": {}},
    }
    library = files()
    assert sorted(library) == ["library/pyproject.toml", "library/rulebook.py", "library/rulebook_flavor.py"]
    project = write_project(tmp_path, manifest, {"house.rules": RULES, **library, "requirements.txt": "./library\n"})
    project.build()
    assert project.predict("dist/model") == ["cold", "mild", "hot"]
    assert project.requirements == ["wheels/rulebook-1.0-py3-none-any.whl"]
    assert sorted(path.name for path in project.model.glob("model.*")) == ["model.rules"]
    (tmp_path / "house.rules").write_text(RULES.replace("10", "12"))
    assert "the input 'model_file' changed" in project.mpk("plan").stdout
    interpreter = mlflow_environment.python(mlflow_environment.ALONE)
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", READ, project.model],
        env=mlflow_environment.environment(interpreter, PYTHONPATH=str(tmp_path / "library")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "['cold', 'mild', 'hot']\n"), done.stderr
