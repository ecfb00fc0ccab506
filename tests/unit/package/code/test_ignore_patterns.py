"""The lines of a .mpkignore, each compared with what git makes of them in a .gitignore."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from mpk_build.package.code.ignore_patterns import parse
from mpk_build.package.code.leaving_out import LeavingOut

if TYPE_CHECKING:
    from pathlib import Path

FILES = (
    *("a", "b.py", "c d", "!x", "#h", "[y]", "a]b", "x-", "a.txt ", "deep/a.py", "deep/a/b.py", "deep/more/a/b/c.txt"),
    *("helper/evaluation.py", "helper/deep/note.md", "core/helper.py", "core/helper/x.py.bak", "1/z", "core/ab/abc.py"),
)
TEXTS = (
    "a",
    "a/",
    "/a\n",
    "helper/",
    "helper/\n!helper/evaluation.py",
    "helper/*\n!helper/evaluation.py",
    "*.py\n!/b.py\n# a comment\n\n!core/",
    "deep/a",
    "**/a/b.py",
    "deep/**",
    "deep/**/b.py",
    "deep/**/a.py",
    "**/deep",
    "a**",
    "*",
    "*/*.py",
    "/*\n!/core",
    "\\!x\n\\#h\n#h\n",
    "c d  ",
    "a.txt\\ ",
    "[xy]-\n[[]y]",
    "a[]]b",
    "a[\\]]b",
    "[!b]",
    "[^b]*",
    "[[:digit:]]\n[[:alpha:]]",
    "?",
    "[a-c]*",
    "[a",
    "\\",
    "/",
    "a//b",
    "\ufeffa",
    "a\r\nb.py\r\n",
    "core/helper\n!core/helper.py",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    subprocess.run(["git", "init", "--quiet", folder], check=True)
    for name in FILES:
        path = folder / name.replace("core/helper/x", "core/helpers/x").replace("deep/a.py", "deep/c.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return folder


@pytest.mark.parametrize("text", TEXTS)
def test_it_leaves_out_what_git_would(tree: Path, text: str) -> None:
    for name in (".gitignore", ".mpkignore"):
        (tree / name).write_text(text, newline="")
    files = sorted(path for path in tree.rglob("*") if path.is_file() and ".git" not in path.relative_to(tree).parts)
    given = "\0".join(map(str, files))
    command = ["git", "-C", str(tree), "check-ignore", "--no-index", "--stdin", "-z"]
    answer = subprocess.run(command, input=given, capture_output=True, text=True, check=False).stdout
    rules = LeavingOut((tree,))
    ignored = [str(path) for path in files if rules.ignored(path) is not None]
    assert ignored == sorted(set(answer.split("\0")) - {""})


def test_the_nearest_file_decides_but_not_below_a_folder_that_is_left_out(tmp_path: Path) -> None:
    for name, text in {
        ".mpkignore": "*.csv\n/old/\n",
        "data/.mpkignore": "!small.csv\n",
        "old/.mpkignore": "!*\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    rules = LeavingOut((tmp_path,))
    names = ("small.csv", "data/small.csv", "data/large.csv", "old/x.py", "x.py")
    assert {name: rules.ignored(tmp_path / name) for name in names} == {
        "small.csv": ".mpkignore:1 ('*.csv')",
        "data/small.csv": None,
        "data/large.csv": ".mpkignore:1 ('*.csv')",
        "old/x.py": ".mpkignore:2 ('/old/')",
        "x.py": None,
    }
    assert rules.looked_for == {tmp_path / ".mpkignore", tmp_path / "data" / ".mpkignore"}


def test_a_set_matches_characters_and_not_bytes() -> None:
    [pattern] = parse("?.txt")
    assert pattern.matches("\u00e9.txt", is_folder=False)
