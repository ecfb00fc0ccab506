"""What of a folder of code is left out of a package, and what for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support import PROJECT

from mpk_build.foundation.errors import StageError
from mpk_build.package.code.leaving_out import FILES, FOLDERS, of_project

if TYPE_CHECKING:
    from pathlib import Path

KEPT = ("pkg/__init__.py", "pkg/model.py", "pkg/data/test_set.csv", "pkg/contest.py", "pkg/latest_test.txt")
LEFT_OUT = {
    "pkg/test_model.py": "tests",
    "pkg/model_test.py": "tests",
    "pkg/conftest.py": "tests",
    "tests": "tests",
    "pkg/__pycache__": "caches",
    "pkg/old.pyc": "caches",
    ".pytest_cache": "caches",
    ".mypy_cache": "caches",
    ".ruff_cache": "caches",
    "pkg/.ipynb_checkpoints": "caches",
    "web/node_modules": "caches",
    ".git": "version control",
    ".hg": "version control",
    "pkg.egg-info": "what installing left",
    ".env": "places of secrets",
    "pkg/.env.production": "places of secrets",
    "environment": "an environment",
    "conda": "an environment",
    "dist": "an output of mpk",
    "out": "an output of mpk",
    "pkg/saved": "an output of mpk",
    "mpk.yaml": "mpk's own files",
    "pylock.toy.toml": "mpk's own files",
    ".mpkignore": "mpk's own files",
    "notes": ".mpkignore:1 ('notes/')",
    "pkg/large.bin": ".mpkignore:2 ('*.bin')",
}
INSIDE = {
    "tests": "helpers.py",
    "pkg/__pycache__": "model.cpython-311.pyc",
    ".pytest_cache": "x",
    ".mypy_cache": "x",
    ".ruff_cache": "x",
    "pkg/.ipynb_checkpoints": "x.ipynb",
    "web/node_modules": "x.js",
    ".git": "HEAD",
    ".hg": "x",
    "pkg.egg-info": "PKG-INFO",
    "environment": "pyvenv.cfg",
    "conda": "conda-meta/history",
    "dist": "report.json",
    "out": "model/MLmodel",
    "pkg/saved": "MLmodel",
    "notes": "a.md",
}


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("notes/\n*.bin\n" if path.name == ".mpkignore" else "")


def test_a_folder_without_what_is_no_code(tmp_path: Path) -> None:
    write(tmp_path, *KEPT, *(f"{name}/{INSIDE[name]}" if name in INSIDE else name for name in LEFT_OUT))
    write(tmp_path, "out/report.json")
    rules = of_project(tmp_path, [tmp_path], (tmp_path / "dist",))
    files = [path.relative_to(tmp_path).as_posix() for path in rules.files(tmp_path)]
    assert files == sorted(KEPT)
    assert {path.relative_to(tmp_path).as_posix(): why for path, why in rules.left_out.items()} == LEFT_OUT


def test_a_file_that_is_named_is_no_matter_of_the_rules(tmp_path: Path) -> None:
    write(tmp_path, "tests/shared.py", "test_model.py")
    rules = of_project(tmp_path, [])
    named = (tmp_path / "test_model.py", tmp_path / "tests" / "shared.py", tmp_path / "tests")
    assert [list(rules.files(path)) for path in named] == [[named[0]], [named[1]], [named[1]]]


def test_what_code_paths_names_and_mpkignore_leaves_out(tmp_path: Path) -> None:
    write(tmp_path, ".mpkignore", "notes/a.py")
    with pytest.raises(StageError) as raised:
        list(of_project(tmp_path, []).files(tmp_path / "notes"))
    assert raised.value.message == f"code_paths names {tmp_path}/notes, which .mpkignore:1 ('notes/') leaves out"
    assert raised.value.hint == "take it from code_paths, or the line from .mpkignore"


def test_code_beside_the_project_has_a_mpkignore_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, "project/x.py", "shared/.mpkignore", "shared/a.py", "shared/b.bin")
    rules = of_project(tmp_path / "project", [tmp_path / "project" / ".." / "shared"])
    files = list(rules.files(tmp_path / "project" / ".." / "shared"))
    assert files == [tmp_path / "shared" / "a.py"]
    assert rules.left_out[tmp_path / "shared" / "b.bin"] == "../shared/.mpkignore:2 ('*.bin')"


def test_a_link_to_a_folder(tmp_path: Path) -> None:
    write(tmp_path, "pkg/real/x.py")
    (tmp_path / "pkg" / "link").symlink_to("real")
    with pytest.raises(StageError) as raised:
        list(of_project(tmp_path, []).files(tmp_path / "pkg"))
    assert raised.value.message == f"{tmp_path}/pkg/link is a link to a folder or out of {tmp_path}/pkg"
    assert raised.value.hint == f"put the files there, or leave it out: echo /link >> {tmp_path}/pkg/.mpkignore"
    (tmp_path / "pkg" / ".mpkignore").write_text("/link\n")
    assert list(of_project(tmp_path, []).files(tmp_path / "pkg")) == [tmp_path / "pkg" / "real" / "x.py"]


def test_the_page_on_packages_names_every_rule() -> None:
    page = (PROJECT / "docs" / "packages.md").read_text()
    patterns = [one for rules in (FOLDERS, FILES) for patterns in rules.values() for one in patterns]
    assert [one for one in patterns if f"`{one}`" not in page and f"`{one}/`" not in page] == []
