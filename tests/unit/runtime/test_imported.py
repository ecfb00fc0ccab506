"""The watch over imports, in processes of their own: the oldest Python that it runs on, and the newest."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from support import find_python

from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from pathlib import Path

_START = """
import importlib, importlib.util, json, os, sys, threading
sys.path.insert(0, sys.argv[1])
from mpk_runtime.imported import ImportedModules
from mpk_runtime.touched import TouchedFiles
sys.path[0] = sys.argv[2]
imports, touched = ImportedModules(sys.argv[3] + "/children"), TouchedFiles([sys.argv[2]])
imports.watch("loading")
touched.watch("loading")
exec(compile(open(sys.argv[3] + "/script.py").read(), sys.argv[3] + "/script.py", "exec"))
imports.end_phase("")
touched.end_phase("")
result = {"modules": imports.modules(), "asked": imports.asked, "touched": touched.records(),
          "references": sorted(touched.references), "code": sorted(touched.code)}
with open(sys.argv[3] + "/out.json", "w") as out:
    json.dump(result, out)
"""


@pytest.fixture(params=["3.8", "3.13"])
def python(request: pytest.FixtureRequest) -> Path:
    found = find_python(request.param)
    if found is None:
        pytest.skip(f"this machine has no Python {request.param}")
    return found


def run(python: Path, folder: Path, script: str, files: dict[str, str]) -> Any:
    """What is seen of a script that can import the modules of ``site-packages``."""
    site = folder / "site-packages"
    for name, text in files.items():
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(text)
    (folder / "script.py").write_text(script)
    command = [*map(str, (python, "-s", "-B", "-c", _START, runtime_folder(), site, folder))]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "out.json").read_text())


def ours(seen: Any, folder: Path) -> dict[str, tuple[str, int]]:
    """The modules of ``site-packages`` with who imported them, and at which line."""
    site = folder / "site-packages"
    mine = [one for one in seen["modules"] if one["file"].startswith(f"{site}/")]
    return {one["name"]: (one["by"].removeprefix(f"{folder}/"), one["line"]) for one in mine}


def test_imports_are_seen_wherever_they_come_from(python: Path, tmp_path: Path) -> None:
    script = """
import plain
importlib.import_module("by_name")
__import__("by_function")
threads = [threading.Thread(target=lambda: __import__("in_thread"))]
threads[0].start()
threads[0].join()
import gone
del sys.modules["gone"]
import package.inner
import datetime
datetime.datetime.strptime("2026", "%Y")
"""
    files = {f"{name}.py": "" for name in ("plain", "by_name", "by_function", "in_thread", "gone")}
    seen = run(python, tmp_path, script, {**files, "package/__init__.py": "", "package/inner.py": "import plain"})
    assert ours(seen, tmp_path) == {
        "plain": ("script.py", 2),
        "by_name": ("script.py", 3),
        "by_function": ("script.py", 4),
        "in_thread": ("script.py", 5),
        "gone": ("script.py", 8),
        "package": ("script.py", 10),
        "package.inner": ("script.py", 10),
    }
    # It is the C code of datetime that imports this one.
    assert [one["by"] for one in seen["modules"] if one["name"] == "_strptime"] == [f"{tmp_path}/script.py"]


def test_a_forked_process_tells_what_it_imports(python: Path, tmp_path: Path) -> None:
    script = """
child = os.fork()
if not child:
    import in_child
    os._exit(0)
os.waitpid(child, 0)
"""
    seen = run(python, tmp_path, script, {"in_child.py": ""})
    assert ours(seen, tmp_path) == {"in_child": ("script.py", 4)}


def test_what_fails_or_is_only_looked_for_does_not_count(python: Path, tmp_path: Path) -> None:
    script = """
for name in ("broken", "absent"):
    try:
        importlib.import_module(name)
    except ImportError:
        pass
assert importlib.util.find_spec("present") is not None
assert importlib.util.find_spec("absent") is None
"""
    broken = {"broken/__init__.py": "from . import part\nimport absent", "broken/part.py": ""}
    assert ours(run(python, tmp_path, script, {**broken, "present.py": ""}), tmp_path) == {}


def test_warnings_point_and_specs_look_as_if_nobody_watched(python: Path, tmp_path: Path) -> None:
    script = """
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    import old
assert [one.filename for one in caught] == [sys.argv[3] + "/script.py"]
from importlib.machinery import ModuleSpec
assert type(old.__spec__) is ModuleSpec
assert not old.__spec__._initializing
assert not [name for name in vars(old.__spec__) if "mpk" in name]
"""
    run(python, tmp_path, script, {"old.py": "import warnings\nwarnings.warn('old', stacklevel=2)"})


def test_an_entry_point_is_told_with_the_plugin(python: Path, tmp_path: Path) -> None:
    script = """
from importlib.metadata import distribution, version
[point] = distribution("plug").entry_points
point.load()
version("other")
"""
    metadata = "Metadata-Version: 2.1\nName: {}\nVersion: 1\n"
    files = {
        "plug.py": "def run(): pass",
        "plug-1.dist-info/METADATA": metadata.format("plug"),
        "plug-1.dist-info/entry_points.txt": "[things]\nfirst = plug:run\n",
        "other-1.dist-info/METADATA": metadata.format("other"),
    }
    seen = run(python, tmp_path, script, files)
    [plug] = [one for one in seen["modules"] if one["name"] == "plug"]
    assert plug["plugin"] == {"group": "things", "name": "first", "value": "plug:run"}
    assert (plug["by"], plug["line"]) == (f"{tmp_path}/script.py", 4)
    assert seen["asked"] == [
        {"name": "plug", "phase": "loading", "by": f"{tmp_path}/script.py", "line": 3},
        {"name": "other", "phase": "loading", "by": f"{tmp_path}/script.py", "line": 5},
    ]


def test_what_is_used_without_an_import_is_seen(python: Path, tmp_path: Path) -> None:
    script = """
import ctypes, pickle, shutil, subprocess, collections, types
with open(sys.argv[2] + "/data/words.txt") as file:
    file.read()
import _ctypes
shutil.copyfile(_ctypes.__file__, sys.argv[2] + "/data/lib.so")
ctypes.CDLL(sys.argv[2] + "/data/lib.so")
subprocess.run(["sleep", "0"], check=True)
pickle.loads(pickle.dumps(collections.OrderedDict()))
"""
    seen = run(python, tmp_path, script, {"data/words.txt": "a", "data-1.dist-info/METADATA": ""})
    site = tmp_path / "site-packages"
    found = {(one["how"], one["file"].removeprefix(f"{site}/").rpartition("/bin/")[2]) for one in seen["touched"]}
    assert {("file", "data/words.txt"), ("library", "data/lib.so"), ("program", "sleep")} <= found
    assert "collections:OrderedDict" in seen["references"]


def test_what_children_of_an_earlier_watch_told_is_forgotten(python: Path, tmp_path: Path) -> None:
    script = """
child = os.fork()
if not child:
    import in_child
    os._exit(0)
os.waitpid(child, 0)
"""
    assert "in_child" in ours(run(python, tmp_path, script, {"in_child.py": ""}), tmp_path)
    assert ours(run(python, tmp_path, "", {}), tmp_path) == {}


def test_modules_that_load_themselves_are_not_touched(python: Path, tmp_path: Path) -> None:
    script = """
import types
spec = importlib.util.find_spec("lazy")
spec.loader = importlib.util.LazyLoader(spec.loader)
sys.modules["lazy"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["lazy"])
class Moved(types.ModuleType):
    def __getattr__(self, name):
        raise ImportError(name)
sys.modules["moved"] = Moved("moved")
sys.modules["nothing"] = None
"""
    seen = run(python, tmp_path, script, {"lazy.py": "import heavy", "heavy.py": ""})
    site = f"{tmp_path}/site-packages/"
    assert [one["name"] for one in seen["modules"] if one["file"].startswith(site)] == ["lazy"]


def test_a_command_without_words_is_let_be(python: Path, tmp_path: Path) -> None:
    run(python, tmp_path, "assert os.system('') == 0", {})
