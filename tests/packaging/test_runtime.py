"""mpk_runtime: for any Python from 3.8 up, with the standard library and nothing else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import PROJECT, find_python

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RUNTIME = PROJECT / "mpk_build/runtime"
MODULES = sorted(RUNTIME.rglob("*.py"))
ENDPOINT = sorted((PROJECT / "mpk_build/endpoint").rglob("*.py"))

# Asked of each interpreter: which modules of the runtime it can import, and what else that brought in
QUESTION = """
import importlib, json, os, pkgutil, sys
runtime = sys.argv[1]
before = set(sys.modules)
sys.path.insert(0, runtime)
import mpk_runtime
for module in pkgutil.walk_packages(mpk_runtime.__path__, "mpk_runtime."):
    importlib.import_module(module.name)
library = os.path.dirname(os.__file__) + os.sep
foreign = sorted(
    name
    for name, module in list(sys.modules.items())
    if name not in before
    and getattr(module, "__file__", None)
    and (not module.__file__.startswith((library, runtime)) or "site-packages" in module.__file__)
)
ours = sorted(name for name in sys.modules if name.split(".")[0] == "mpk_runtime")
print(json.dumps([foreign, ours]))
"""


def imported_at_top(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_bytes(), str(path))
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "." * node.level


@pytest.mark.parametrize("path", [*MODULES, *ENDPOINT], ids=lambda path: str(path.relative_to(PROJECT)))
def test_the_syntax_is_that_of_python_3_8(path: Path) -> None:
    ast.parse(path.read_bytes(), str(path), feature_version=(3, 8))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(RUNTIME)))
def test_the_runtime_never_names_the_host(path: Path) -> None:
    assert [name for name in imported_at_top(path) if name.split(".")[0] == "mpk_build"] == []


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
def test_every_module_can_be_imported_with_nothing_installed(version: str) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"no Python {version} on this machine: 'uv python install {version}' brings one")
    answer = subprocess.run(
        [python, "-I", "-S", "-B", "-W", "error", "-c", QUESTION, RUNTIME],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    foreign, ours = json.loads(answer.stdout)
    assert foreign == []
    modules = {".".join(path.relative_to(RUNTIME).with_suffix("").parts) for path in MODULES}
    assert set(ours) == {name.removesuffix(".__init__") for name in modules}


def test_the_loader_that_packages_carry_stands_alone() -> None:
    """It is copied into packages, which load under MLflow with no mpk near."""
    tree = ast.parse((RUNTIME / "mpk_runtime/mpk_python_model.py").read_bytes())
    named = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    # A model that takes images is given Pillow's, and needs it itself.
    assert {name.split(".")[0] for name in named} - set(sys.stdlib_module_names) == {"PIL"}
    assert "PIL" not in imported_at_top(RUNTIME / "mpk_runtime/mpk_python_model.py")
