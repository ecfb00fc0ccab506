"""Packages with modules of the same names, in one process: each answers by its own, and nothing of them stays."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from support import PROJECT, find_python

THIS = f"{sys.version_info[0]}.{sys.version_info[1]}"
NUMBERS = (1, 2, 3, 4, 5, 6)
DESCRIBED: dict[str, str | dict[str, str] | None] = {
    "kind": "class",
    "entrypoint": "my_model:MyModel",
    "pickle": None,
    "artifacts": {},
}
FILES = {
    "my_model.py": """
        from __future__ import annotations
        import dataclasses, enum, importlib, inspect, pickle, pkgutil, sys, typing
        from importlib import import_module
        import pkg.sub.deep
        import pkg.sub.deep as deep
        from pkg import NUMBER
        from pkg.sub import *

        @dataclasses.dataclass
        class Point:
            x: int
            kind: dataclasses.InitVar[int] = 0

        class Pair(typing.NamedTuple):
            left: Color

        class Color(enum.Enum):
            red = NUMBER

        class MyModel:
            def predict(self, model_input):
                import lazy
                from pkg import later
                self.missing()
                self.relative()
                evaluated = eval("__import__('lazy').NUMBER")
                return [lazy.NUMBER, later.NUMBER, NUMBER, deep.NUMBER, DEEPER, self.by_name(), self.pickled(), evaluated]

            def by_name(self):
                assert sys.modules[__name__].Point is Point
                assert typing.get_type_hints(Pair) == {"left": Color}
                assert inspect.getsource(Color).endswith("red = NUMBER\\n")
                assert import_module("pkg.sub.deep") is importlib.import_module("pkg.sub.deep") is pkg.sub.deep is deep
                assert importlib.import_module("..circle", deep.__package__) is pkg.circle
                assert importlib.import_module(".circle", "pkg") is import_module(".circle", package="pkg") is pkg.circle
                assert importlib.util.find_spec("pkg.sub").origin == pkg.sub.__file__
                assert pkgutil.get_data("pkg", "data/number.txt") == pkgutil.get_data(pkg.__name__, "data/number.txt")
                return int(pkgutil.get_data("pkg", "data/number.txt"))

            def pickled(self):
                assert pickle.loads(pickle.dumps(Point(1))) == Point(1)
                assert pickle.loads(pickle.dumps(Color.red)) is Color.red
                assert pickle.loads(b"cmy_model\\nPoint\\n.") is pickle._loads(b"cmy_model\\nPoint\\n.") is Point
                return pickle.loads(b"cmy_model\\nColor\\n.").red.value

            def missing(self):
                for attempt in (lambda: importlib.import_module("pkg.missing"), self.imports_missing):
                    try:
                        attempt()
                    except ModuleNotFoundError as error:
                        assert (str(error), error.name) == ("No module named 'pkg.missing'", "pkg.missing"), error
                    else:
                        raise AssertionError("it is there")

            def relative(self):
                for attempt, why in (
                    (self.above_a_module, "attempted relative import with no known parent package"),
                    (pkg.above_a_package, "attempted relative import beyond top-level package"),
                ):
                    try:
                        attempt()
                    except ImportError as error:
                        assert str(error) == why, error
                    else:
                        raise AssertionError("it is there")

            def imports_missing(self):
                import pkg.missing

            def above_a_module(self):
                from . import pkg
    """,
    "lazy.py": "NUMBER = %d\n",
    "pkg/__init__.py": """
        from . import sub
        NUMBER = %d
        def above_a_package():
            from .. import lazy
    """,
    "pkg/sub/__init__.py": """
        from . import deep
        from .. import circle
        __all__ = ["DEEPER"]
        DEEPER = %d
    """,
    "pkg/sub/deep.py": """
        import pkg
        from pkg.circle import round_about
        NUMBER = %d
    """,
    "pkg/circle.py": """
        import pkg.sub
        def round_about():
            return pkg.sub.deep.NUMBER
    """,
    "pkg/later.py": "from .sub.deep import NUMBER\n",
    "pkg/data/number.txt": "%d",
}
SCRIPT = """
import gc, importlib, importlib.util, json, os, pickle, pkgutil, sys, threading, weakref
runtime, folder, numbers = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.path.insert(0, runtime)
from mpk_runtime import loading

FLAVOR = {"loader_module": "mpk_python_model", "data": "python_model.json", "code": "code"}

def state():
    return (
        sorted(name for name in sys.modules if name.startswith(("mpk_", "my_model", "lazy", "pkg"))),
        list(sys.path),
        list(sys.meta_path),
        [path for path in sys.path_importer_cache if path.startswith(folder)],
        [pickle.load, pickle.loads, pickle.Unpickler, pickle._Unpickler.find_class, pkgutil.get_data],
        [importlib.import_module, importlib.util.find_spec],
    )

def ask(number):
    try:
        package = os.path.join(folder, str(number))
        loaded[number] = loading.load(package, {"flavors": {"python_function": FLAVOR}}, isolated=True)
        for _ in range(5):
            predicted = loaded[number].predict([1])
            assert predicted == [number] * 8, predicted
    except BaseException as error:
        failed.append(repr(error))

loading.load(os.path.join(folder, "1"), {"flavors": {"python_function": FLAVOR}}, isolated=True)
gc.collect()
before, loaded, failed = state(), {}, []
threads = [threading.Thread(target=ask, args=(number,)) for number in numbers]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
outside = [name for name in ("my_model", "pkg", "lazy") if name in sys.modules]
written = [name for _, _, names in os.walk(folder) for name in names if name.endswith(".pyc")]
found = importlib.util.find_spec("my_model")
model = weakref.ref(loaded[1].native.model)
del loaded[1]
gc.collect()
freed, others = model() is None, loaded[2].predict([1])
loaded.clear()
gc.collect()
print(json.dumps([failed, outside, written, found, freed, others, state() == before]))
"""


def write_package(root: Path, number: int) -> None:
    for place, text in FILES.items():
        file = root / "code" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text % number if "%d" in text else text).lstrip("\n"))
    (root / "python_model.json").write_text(json.dumps(DESCRIBED))


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13"])
def test_each_answers_by_its_own_modules(version: str, tmp_path: Path) -> None:
    python = Path(sys.executable) if version == THIS else find_python(version)
    if python is None:
        pytest.skip(f"there is no Python {version} here")
    for number in NUMBERS:
        write_package(tmp_path / str(number), number)
    told = subprocess.run(
        [python, "-W", "error", "-c", SCRIPT, PROJECT / "mpk_build/runtime", tmp_path, json.dumps(NUMBERS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    failed, outside, written, found, freed, others, restored = json.loads(told.stdout)
    assert failed == []
    assert (outside, written, found) == ([], [], None)
    assert (freed, others, restored) == (True, [2] * len(others), True)
