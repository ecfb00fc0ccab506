"""Which of a project's files belong to a model, and which are left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from packaging.markers import default_environment

from mpk_build.environment.capturing import SourceProject
from mpk_build.environment.observing import Observation
from mpk_build.environment.own_files import OwnFiles, Owning
from mpk_build.environment.scanning.conditions import Target
from mpk_build.environment.seen import Module
from mpk_build.foundation.errors import StageError
from mpk_build.package.code.leaving_out import of_project

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MARKERS = {name: str(value) for name, value in default_environment().items()}
TARGET = Target((3, 11, 7), MARKERS, frozenset())


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def owned(
    root: Path,
    imported: Mapping[str, str],
    read: Sequence[str] = (),
    roots: Sequence[str] = (".",),
    declared: Sequence[str] = (),
) -> OwnFiles:
    """What belongs to a model that imported (name to file) and read files of a project."""
    import_roots = tuple(Path(root, one).resolve() for one in roots)
    project = SourceProject(Path("python"), root, import_roots, (root / ".venv",))
    modules = [Module(name, str(Path(root, file).resolve()), "loading") for name, file in imported.items()]
    paths = [f"{(root / path).resolve()}{'/' if path.endswith('/') else ''}" for path in read]
    seen = Observation({}, modules, [], (), (), TARGET, [], paths, [])
    outside = [one for one in import_roots if not one.is_relative_to(root)]
    return Owning(project, of_project(root, outside)).files(seen, modules, [str(root / one) for one in declared])


def modules(found: OwnFiles) -> dict[str, str]:
    return {one["file"]: one["why"] for one in found.modules}


def data(found: OwnFiles) -> dict[str, str]:
    return {one["file"]: one["why"] for one in found.data}


def test_modules_that_were_imported_and_those_in_their_source(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "pkg/__init__.py": "",
            "pkg/model.py": "def f():\n    from . import rare",
            "pkg/rare.py": "",
            "pkg/other.py": "",
        },
    )
    found = owned(tmp_path, {"pkg": "pkg/__init__.py", "pkg.model": "pkg/model.py"})
    assert found == OwnFiles(
        [
            {"name": "pkg", "file": "pkg/__init__.py", "why": "imported"},
            {"name": "pkg.model", "file": "pkg/model.py", "why": "imported"},
            {"name": "pkg.rare", "file": "pkg/rare.py", "why": "in the source of pkg.model"},
        ],
        [],
        {},
        {},
    )


def test_a_folder_that_the_model_put_on_the_path_is_searched_as_well(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "lib/first.py": "def f():\n    import second",
            "lib/second.py": "",
            "lib/inner/__init__.py": "import third",
            "lib/third.py": "",
        },
    )
    found = owned(tmp_path, {"first": "lib/first.py", "inner": "lib/inner/__init__.py"})
    assert modules(found) == {
        "lib/first.py": "imported",
        "lib/inner/__init__.py": "imported",
        "lib/second.py": "in the source of first",
        "lib/third.py": "in the source of inner",
    }


def test_data_that_was_read_and_the_number_of_files_beside_it(tmp_path: Path) -> None:
    write(
        tmp_path,
        dict.fromkeys(
            [
                "model.py",
                "pkg/words/en.txt",
                "pkg/words/de.txt",
                "pkg/words/fr.txt",
                "pkg/words/x.py",
                "notes.md",
                "limit.txt",
                "given.txt",
            ],
            "",
        ),
    )
    found = owned(
        tmp_path,
        {"model": "model.py"},
        ["pkg/words/en.txt", "limit.txt", "model.py", "given.txt"],
        declared=["given.txt"],
    )
    assert data(found) == {"limit.txt": "read", "pkg/words/en.txt": "read"}
    assert found.unread == {"pkg/words": 2}


def test_a_folder_that_was_listed_goes_along_without_tests_and_what_is_ignored(tmp_path: Path) -> None:
    write(
        tmp_path, dict.fromkeys(["model.py", "words/en.txt", "words/old.bak", "words/test_x.py", "words/.DS_Store"], "")
    )
    write(tmp_path, {".mpkignore": "*.bak\n"})
    found = owned(tmp_path, {"model": "model.py"}, ["words/", "./"])
    assert data(found) == {"words/en.txt": "read"}
    assert found.left_out == {
        "words/.DS_Store": "caches",
        "words/old.bak": ".mpkignore:1 ('*.bak')",
        "words/test_x.py": "tests",
    }


def test_all_data_of_a_package_that_is_asked_for_data(tmp_path: Path) -> None:
    source = "from importlib.resources import files\ndef f(x):\n    return files('pkg.data') / x"
    write(
        tmp_path,
        {
            "model.py": source,
            **dict.fromkeys(
                [
                    "pkg/data/a.txt",
                    "pkg/data/more/b.bin",
                    "pkg/data/x.py",
                    "pkg/data/inner/__init__.py",
                    "pkg/data/inner/c.txt",
                    "pkg/data/.env",
                    "pkg/data/id.pem",
                    "pkg/data/skip.txt",
                    "pkg/d.txt",
                ],
                "",
            ),
        },
    )
    write(tmp_path, {"pkg/.mpkignore": "data/skip.txt\n"})
    found = owned(tmp_path, {"model": "model.py"}, ["pkg/data/a.txt"])
    assert data(found) == {"pkg/data/a.txt": "read", "pkg/data/more/b.bin": "data of pkg.data"}
    assert found.left_out == {
        "pkg/data/.env": "places of secrets",
        "pkg/data/id.pem": "a place of secrets",
        "pkg/data/skip.txt": "pkg/.mpkignore:1 ('data/skip.txt')",
    }


def test_data_of_a_package_that_is_left_out(tmp_path: Path) -> None:
    source = "from importlib.resources import files\nx = files('pkg.data')"
    write(tmp_path, {"model.py": source, "pkg/data/a.txt": "", ".mpkignore": "data/"})
    found = owned(tmp_path, {"model": "model.py"})
    assert (data(found), found.left_out) == ({}, {"pkg/data": ".mpkignore:1 ('data/')"})


def test_a_test_that_is_imported_goes_along(tmp_path: Path) -> None:
    write(tmp_path, {"tests/test_model.py": "import tests.helpers", "tests/helpers.py": ""})
    assert modules(owned(tmp_path, {"tests.test_model": "tests/test_model.py"})) == {
        "tests/helpers.py": "in the source of tests.test_model",
        "tests/test_model.py": "imported",
    }


def test_what_only_source_mentions_and_mpkignore_leaves_out_stays_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"model.py": "def fit():\n    import helper.evaluation", "helper/evaluation.py": "", ".mpkignore": "helper/"},
    )
    found = owned(tmp_path, {"model": "model.py"})
    assert modules(found) == {"model.py": "imported"}
    assert found.left_out == {"helper/evaluation.py": ".mpkignore:1 ('helper/')"}


@pytest.mark.parametrize(
    ("imported", "read", "message", "hint"),
    [
        (
            {"helper.x": "helper/x.py"},
            [],
            "the model imports helper.x, which .mpkignore:1 ('helper/') leaves out",
            "take the line out, or add below it: !/helper/x.py",
        ),
        (
            {},
            ["words.txt"],
            "the model reads words.txt, which .mpkignore:2 ('*.txt') leaves out",
            "take the line out, or add below it: !/words.txt",
        ),
        (
            {},
            ["certs/server.pem"],
            "the model reads certs/server.pem, which looks like a place of secrets, so it is not packaged",
            "give the endpoint its secrets as variables; model: {artifacts: {NAME: PATH}} packages it anyhow",
        ),
    ],
)
def test_refusals(tmp_path: Path, imported: dict[str, str], read: list[str], message: str, hint: str) -> None:
    write(tmp_path, {".mpkignore": "helper/\n*.txt\n", "helper/x.py": "", "words.txt": "", "certs/server.pem": ""})
    with pytest.raises(StageError) as raised:
        owned(tmp_path, imported, read)
    assert (raised.value.message, raised.value.hint) == (message, hint)


def test_the_document_of_it(tmp_path: Path) -> None:
    write(tmp_path, {"model.py": ""})
    expected: dict[str, Any] = {
        "own_modules": [{"name": "model", "file": "model.py", "why": "imported"}],
        "own_files": [],
        "left_out": {},
        "unread_files": {},
    }
    assert owned(tmp_path, {"model": "model.py"}).document == expected
