"""Which flavor knows a model, and which reads a package: those of mpk, and those that a distribution brings."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from distributions import install
from support import PROJECT, find_python

from mpk_runtime.flavors import table

if TYPE_CHECKING:
    from pathlib import Path

BROUGHT = """
LOADER_MODULES = ("celsius_loader",)
SUFFIXES = (".celsius",)
def detect(model):
    return type(model).__name__ == "Thermometer"
"""
ASK = """
import sys
sys.path[:0] = sys.argv[1:]
from mpk_runtime.flavors import table
class Thermometer: pass
row = table.for_object(Thermometer())
told = [row.name, table.by_suffix("a.celsius").name, row.flavor.__name__, table.by_loader("celsius_loader").name, table.by_name("celsius").name]
print(told, table.by_loader("nowhere"), table.for_object(1), table.names())
"""


def test_every_row_is_a_flavor_or_reads_at_least() -> None:
    for row in [*table.ROWS, table.ANY_LOADER]:
        reads, writes = ("load", "function", "requirements"), ("detect", "save", "adopt")
        expected = reads if row.library is None else (*reads, *writes)
        assert [name for name in (*reads, *writes) if callable(getattr(row.reader, name, None))] == list(expected)


def test_each_loader_is_read_by_one_row() -> None:
    loaders = [loader for row in table.ROWS for loader in row.loader_modules]
    assert len(loaders) == len(set(loaders))


def test_asking_for_a_model_imports_no_library_and_reading_one_no_other_flavor() -> None:
    code = """
import sys
sys.path.insert(0, sys.argv[1])
from mpk_runtime.flavors import table
table.for_object({})
print([row.library for row in table.ROWS if row.library in sys.modules])
before = set(sys.modules)
table.by_loader("mlflow.xgboost").reader
print(sorted(name for name in set(sys.modules) - before if name.startswith("mpk_runtime.")))
"""
    asked = [sys.executable, "-c", code, str(PROJECT / "mpk_build/runtime")]
    expected = "[]\n['mpk_runtime.flavors.classes', 'mpk_runtime.flavors.xgboost']\n"
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == expected


@pytest.mark.parametrize("version", ["3.8", "3.11", "3.13"])
def test_entry_points_add_flavors(tmp_path: Path, version: str) -> None:
    python = find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    points = {"entry_points.txt": "[mpk.flavors]\ncelsius = celsius_flavor\n"}
    install(tmp_path, "celsius", "1.0", ["celsius_flavor.py"], texts={"celsius_flavor.py": BROUGHT}, further=points)
    asked = [str(python), "-S", "-c", ASK, str(PROJECT / "mpk_build/runtime"), str(tmp_path)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    names = sorted({"celsius", *table.names()})
    assert done.stderr == ""
    assert done.stdout == f"['celsius', 'celsius', 'celsius_flavor', 'celsius', 'celsius'] None None {names}\n"
