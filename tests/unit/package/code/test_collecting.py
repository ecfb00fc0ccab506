"""Where each file of code lies in a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import StageError
from mpk_build.package.code.collecting import Needed, collect
from mpk_build.package.code.leaving_out import of_project

if TYPE_CHECKING:
    from pathlib import Path


def collected(
    root: Path,
    modules: dict[str, str],
    data: tuple[str, ...] = (),
    given: tuple[str, ...] = (),
    *,
    infer: bool = True,
) -> dict[str, tuple[str, str]]:
    """Place to source and reason; ``modules`` is name to file, and roots are the project, its src and what is beside."""
    needed = Needed(
        tuple((name, (root / file).resolve(), "imported") for name, file in modules.items()),
        tuple((root / file, "read") for file in data),
    )
    paths = [(root / one).resolve() for one in given]
    roots = (root, root / "src", *(path.parent for path in paths if not path.is_relative_to(root)))
    files = collect(roots, needed, paths, of_project(root, paths), infer=infer)
    return {one.place: (one.source.relative_to(root.parent).as_posix(), one.why) for one in files}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (
        *("model.py", "src/utils.py", "src/words.txt", "src/pkg/__init__.py", "src/pkg/sub/__init__.py"),
        *("src/pkg/sub/data.txt", "lib/deep/x.py", "lib/deep/x.txt", "notes.txt"),
    ):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "model.py").write_text("another")
    (tmp_path / "shared" / "same.py").write_text("model.py")
    return tmp_path / "project"


def test_a_module_lies_where_its_name_says(root: Path) -> None:
    assert collected(root, {"model": "model.py", "src.utils": "src/utils.py", "pkg": "src/pkg/__init__.py"}) == {
        "model.py": ("project/model.py", "imported"),
        "pkg/__init__.py": ("project/src/pkg/__init__.py", "imported"),
        "src/utils.py": ("project/src/utils.py", "imported"),
    }


def test_data_lies_beside_the_code_that_it_lay_beside(root: Path) -> None:
    as_part, alone = {"src.utils": "src/utils.py"}, {"utils": "src/utils.py"}
    assert sorted(collected(root, as_part, ("src/words.txt",))) == ["src/utils.py", "src/words.txt"]
    assert sorted(collected(root, alone, ("src/words.txt",))) == ["utils.py", "words.txt"]
    assert sorted(collected(root, {**as_part, **alone}, ("src/words.txt",))) == [
        *("src/utils.py", "src/words.txt", "utils.py", "words.txt"),
    ]
    assert sorted(collected(root, {"x": "lib/deep/x.py"}, ("lib/deep/x.txt",))) == ["x.py", "x.txt"]


def test_packages_above_data_go_along(root: Path) -> None:
    found = collected(root, {}, given=("src/pkg/sub/data.txt",))
    assert found == {
        "pkg/__init__.py": ("project/src/pkg/__init__.py", "code_paths"),
        "pkg/sub/__init__.py": ("project/src/pkg/sub/__init__.py", "code_paths"),
        "pkg/sub/data.txt": ("project/src/pkg/sub/data.txt", "code_paths"),
    }


def test_code_paths_replace_what_is_found_and_lie_as_if_they_did_not(root: Path) -> None:
    modules = {"model": "model.py", "src.utils": "src/utils.py"}
    assert collected(root, modules, ("notes.txt",), ("src/utils.py",), infer=False) == {
        "src/utils.py": ("project/src/utils.py", "code_paths")
    }


def test_two_files_of_one_place(root: Path) -> None:
    with pytest.raises(StageError) as raised:
        collected(root, {"model": "model.py"}, given=("../shared/model.py",))
    assert raised.value.message == (
        f"{root}/model.py and {root.parent}/shared/model.py would both become code/model.py"
    )
    assert raised.value.hint == "rename one of them"


def test_two_files_of_one_place_and_content(root: Path) -> None:
    (root / "same.py").write_text("model.py")
    assert collected(root, {"same": "same.py"}, given=("../shared/same.py",)) == {
        "same.py": ("project/same.py", "imported")
    }


def test_a_file_from_outside(root: Path) -> None:
    with pytest.raises(StageError) as raised:
        collected(root, {"model": "../shared/model.py"})
    assert raised.value.message == f"{root.parent}/shared/model.py lies outside the project and its code_paths"
    assert raised.value.hint == f"add it to model: {{code_paths: [{root.parent}/shared/model.py]}}"
