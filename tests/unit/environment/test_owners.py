"""Which distribution a file or a module belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from distributions import install

from mpk_build.environment.installed import Installed
from mpk_build.environment.owners import module_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("file", "module"),
    [
        ("six.py", "six"),
        ("google/cloud/storage/__init__.py", "google.cloud.storage"),
        ("cv2/cv2.abi3.so", "cv2.cv2"),
        ("numpy/_core/_multiarray_umath.cpython-311-x86_64-linux-gnu.so", "numpy._core._multiarray_umath"),
        ("numpy.libs/libopenblas64.so", None),
        ("six-1.17.0.dist-info/METADATA", None),
        ("a/__pycache__/b.cpython-311.pyc", None),
        ("../../../bin/tool.py", None),
        ("data/words.txt", None),
    ],
)
def test_the_module_that_a_file_is(file: str, module: str | None) -> None:
    assert module_of(file) == module


def test_of_two_with_the_same_file_the_one_whose_content_it_is(tmp_path: Path) -> None:
    install(tmp_path, "opencv-python", "1", ["cv2/__init__.py"], texts={"cv2/__init__.py": "one"})
    install(tmp_path, "opencv-python-headless", "1", ["cv2/__init__.py"], texts={"cv2/__init__.py": "two"})
    owners = Installed([str(tmp_path)]).owners
    assert owners.of_file(str(tmp_path / "cv2/__init__.py")) == ("opencv-python-headless",)


def test_a_module_belongs_to_the_nearest_that_is_somebodys(tmp_path: Path) -> None:
    install(tmp_path, "google-cloud-storage", "1", ["google/cloud/storage/__init__.py", "../../../bin/gs"])
    install(tmp_path, "protobuf", "1", ["google/protobuf/__init__.py"])
    owners = Installed([str(tmp_path / "../" / tmp_path.name)]).owners
    assert owners.of_module("google.cloud.storage.blob") == ("google-cloud-storage",)
    assert owners.of_module("google.cloud") == ()
    assert owners.of_file(str(tmp_path.parent.parent.parent / "bin/gs")) == ("google-cloud-storage",)
    assert owners.files("protobuf") == {str(tmp_path.resolve() / "google/protobuf/__init__.py")}


def test_one_without_a_list_of_files_has_its_top_levels(tmp_path: Path) -> None:
    install(tmp_path, "PyOld", "1", ["old/__init__.py"], further={"top_level.txt": "old\n"})
    (tmp_path / "PyOld-1.dist-info" / "RECORD").unlink()
    owners = Installed([str(tmp_path)]).owners
    assert (owners.of_file(str(tmp_path / "old/__init__.py")), owners.of_module("old.part")) == ((), ("pyold",))
