"""Which of the project's modules the source of its modules imports, and whose data it asks for."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest
from packaging.markers import default_environment

from mpk_build.environment.scanning.conditions import Target
from mpk_build.environment.scanning.following import follow
from mpk_build.environment.scanning.modules import ProjectModules

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.scanning.following import Followed

MARKERS = {name: str(value) for name, value in default_environment().items()}
TARGET = Target((3, 11, 7), MARKERS, frozenset(("os", "json", "sys")))
PACKAGE = ("pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/one.py", "pkg/sub/two.py", "pkg/other.py", "top.py")


def followed(folder: Path, source: str, *more: str, module: str = "pkg.sub.model") -> Followed:
    """What a module ``pkg.sub.model`` leads to."""
    for name in (*PACKAGE, *more):
        path, _, text = name.partition("=")
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    (folder / f"{module.replace('.', '/')}.py").write_text(textwrap.dedent(source))
    return follow([module], ProjectModules((folder, folder / "src"), TARGET, set()))


ABOVE = {"pkg", "pkg.sub"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("import top", {"top"}),
        ("import pkg.sub.one", ABOVE | {"pkg.sub.one"}),
        ("from .one import x", ABOVE | {"pkg.sub.one"}),
        ("from . import one, two", ABOVE | {"pkg.sub.one", "pkg.sub.two"}),
        ("from ..other import x", ABOVE - {"pkg.sub"} | {"pkg.other"}),
        ("from .. import other", ABOVE - {"pkg.sub"} | {"pkg.other"}),
        ("from pkg.sub import one as first", ABOVE | {"pkg.sub.one"}),
        ("import importlib\nimportlib.import_module('pkg.sub.one')", ABOVE | {"pkg.sub.one"}),
        ("from importlib import import_module\nimport_module('..other', 'pkg.sub')", {"pkg", "pkg.other"}),
        ("def never():\n    class Inner:\n        import top", {"top"}),
        ("x = lambda: __import__('top')", {"top"}),
        ("try:\n    import numpy\nexcept ImportError:\n    import top", {"top"}),
        ("import sys\nif sys.version_info < (3, 8):\n    import top", set()),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import top\nelse:\n    from . import one", ABOVE | {"pkg.sub.one"}),
        ("if __name__ == '__main__':\n    import top", set()),
        ("import importlib\ndef load(name):\n    importlib.import_module(f'pkg.sub.{name}')", {*ABOVE, "pkg.sub.one", "pkg.sub.two"}),
        ("import importlib\ndef load(name):\n    importlib.import_module('.t' + name, __package__)", {"pkg.sub.two", *ABOVE}),
        ("import importlib\ndef load(name):\n    importlib.import_module(name)", set()),
        ("import numpy.linalg, json", set()),
    ],
)  # fmt: skip
def test_imports(tmp_path: Path, source: str, expected: set[str]) -> None:
    assert set(followed(tmp_path, source).modules) == expected


def test_it_goes_on_in_what_it_finds_and_tells_where_each_stands(tmp_path: Path) -> None:
    found = followed(
        tmp_path, "from . import chain", "pkg/sub/chain.py=from .. import other", "pkg/other.py=import top"
    )
    assert found.modules == {
        "pkg": (tmp_path / "pkg/__init__.py", "pkg.sub.model"),
        "pkg.sub": (tmp_path / "pkg/sub/__init__.py", "pkg.sub.model"),
        "pkg.sub.chain": (tmp_path / "pkg/sub/chain.py", "pkg.sub.model"),
        "pkg.other": (tmp_path / "pkg/other.py", "pkg.sub.chain"),
        "top": (tmp_path / "top.py", "pkg.other"),
    }


def test_a_package_that_loads_its_modules_when_they_are_used(tmp_path: Path) -> None:
    lazy = "lazy/__init__.py=import importlib\ndef __getattr__(name):\n    return importlib.import_module(f'.{name}', __name__)"
    found = followed(
        tmp_path, "import lazy", lazy, "lazy/a.py", "lazy/inner/__init__.py", "lazy/inner/b.py", "lazy/c.txt"
    )
    assert set(found.modules) == {"lazy", "lazy.a", "lazy.inner"}


def test_a_star_takes_the_modules_that_all_lists(tmp_path: Path) -> None:
    found = followed(
        tmp_path, "from star import *", "star/__init__.py=__all__ = ['a', 'name']\nname = 1", "star/a.py", "star/b.py"
    )
    assert set(found.modules) == {"star", "star.a"}


def test_a_namespace_package_of_two_folders(tmp_path: Path) -> None:
    found = followed(
        tmp_path,
        "import space.one, space.two",
        "space/one.py",
        "src/space/two.py=from . import three",
        "src/space/three.py",
    )
    assert {name: file.relative_to(tmp_path).as_posix() for name, (file, _) in found.modules.items()} == {
        "space.one": "space/one.py",
        "space.two": "src/space/two.py",
        "space.three": "src/space/three.py",
    }


def test_an_extension_for_the_models_python(tmp_path: Path) -> None:
    others = ("fast.cpython-310-x86_64-linux-gnu.so", "fast.cpython-311-x86_64-linux-gnu.so", "fast.pyx", "fastest.so")
    found = followed(
        tmp_path,
        "from . import fast, stable, plain",
        *(f"pkg/sub/{name}" for name in (*others, "stable.abi3.so", "plain.so")),
    )
    assert {name: file.name for name, (file, _) in found.modules.items() if name not in ABOVE} == {
        "pkg.sub.fast": "fast.cpython-311-x86_64-linux-gnu.so",
        "pkg.sub.stable": "stable.abi3.so",
        "pkg.sub.plain": "plain.so",
    }


def test_a_module_that_is_no_python_for_mpk_goes_along(tmp_path: Path) -> None:
    found = followed(tmp_path, "import newer", "newer.py=this is no Python")
    assert found.modules == {"newer": (tmp_path / "newer.py", "pkg.sub.model")}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from importlib.resources import files\ndef f(x):\n    return (files('pkg.sub') / x).read_text()", {"pkg.sub"}),
        ("from importlib import resources\nx = resources.read_text('pkg', 'a.txt')", {"pkg"}),
        ("import importlib.resources as r\nx = r.files(__package__)", {"pkg.sub"}),
        ("import importlib.resources\nx = importlib.resources.files()", {"pkg.sub"}),
        ("import pkgutil\nx = pkgutil.get_data(__name__, 'a.txt')", {"pkg.sub"}),
        ("import pkg_resources\nx = pkg_resources.resource_filename('pkg', 'a.txt')", {"pkg"}),
        ("from importlib.resources import open_binary\nimport pkg\nx = open_binary(pkg, 'a.txt')", {"pkg"}),
        ("from importlib.resources import files\nfrom .. import sub as data\nx = files(data)", {"pkg.sub"}),
        ("from importlib.resources import files\ndef f(anchor):\n    return files(anchor)", {"pkg.sub"}),
        ("import zipfile\nx = zipfile.files('pkg')", set()),
        ("def files(x):\n    return x\ny = files('pkg')", set()),
    ],
)  # fmt: skip
def test_whose_data_is_asked_for(tmp_path: Path, source: str, expected: set[str]) -> None:
    assert set(followed(tmp_path, source).data) == expected
