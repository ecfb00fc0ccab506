"""Packages that are none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import UsageError
from mpk_build.package.reading import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXT = """\
flavors:
  python_function:
    loader_module: x
    data: model.pkl
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "MLmodel").write_text(TEXT)
    (made / "model.pkl").touch()
    return made


def test_a_package(root: Path) -> None:
    (root / "MLmodel").write_text(f"time_created: 2018-05-25T17:28:53.35\nmetadata: {{1: a}}\n{TEXT}")
    (root / "latest.pkl").symlink_to("model.pkl")
    package = read(root)
    assert package.plain_document == {
        "time_created": "2018-05-25T17:28:53.35",
        "metadata": {"1": "a"},
        "flavors": {"python_function": {"loader_module": "x", "data": "model.pkl"}},
    }
    assert package.function == {"loader_module": "x", "data": "model.pkl"}
    assert package.python == ""
    with pytest.raises(UsageError) as caught:
        _ = package.lock
    assert caught.value.message == f"{root} has no pylock.toml, so its environment is not pinned"


def _link(root: Path) -> None:
    (root / "MLmodel").rename(root / "other")
    (root / "MLmodel").symlink_to("other")


def _folder(root: Path) -> None:
    (root / "MLmodel").unlink()
    (root / "MLmodel").mkdir()


def _pipe(root: Path) -> None:
    (root / "MLmodel").unlink()
    os.mkfifo(root / "MLmodel")


def _says(text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / "MLmodel").write_text(text)

    return change


def _bytes(root: Path) -> None:
    (root / "MLmodel").write_bytes(b"flavors:\n  a: \xff\n")


def _outside(root: Path) -> None:
    (root.parent / "secret").touch()
    (root / "data").mkdir()
    (root / "data" / "near").symlink_to("../../secret")


def _named_outside(root: Path) -> None:
    (root / "model.pkl").unlink()
    (root / "model.pkl").symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda root: (root / "MLmodel").unlink(), "{root} is no model package: it has no file MLmodel"),
        (_link, "{file} is a link; expected the file itself"),
        (_folder, "{file} is a folder; expected the file itself"),
        (_pipe, "{file} is no file; expected the file itself"),
        (_bytes, "{file}:2: found bytes that are not UTF-8; expected the text of an MLmodel"),
        (_says("flavors: {a: {}\n"), "{file}:2:1: this is not YAML: did not find expected ',' or '}}'"),
        (lambda root: (root / "model.pkl").unlink(), "{file}:4:11: 'flavors.python_function.data' names model.pkl, which the package does not have"),
        (_says(TEXT.replace("model.pkl", "/etc/passwd")), "{file}:4:11: '/etc/passwd' in 'flavors.python_function.data' leads out of the package; expected a path below it"),
        (_says(TEXT.replace("model.pkl", "../model/model.pkl")), "{file}:4:11: '../model/model.pkl' in 'flavors.python_function.data' leads out of the package; expected a path below it"),
        (_says(TEXT.replace("model.pkl", "'C:\\model.pkl'")), "{file}:4:11: 'C:\\model.pkl' in 'flavors.python_function.data' leads out of the package; expected a path below it"),
        (_says(TEXT.replace("model.pkl", "[a]")), "{file}:4:11: found no path in 'flavors.python_function.data'; expected one below the package"),
        (_says(f"{TEXT}    artifacts: {{norms: {{path: ../n, uri: s3://b/n}}}}\n"), "{file}:5:31: '../n' in 'flavors.python_function.artifacts.norms.path' leads out of the package; expected a path below it"),
        (_says(f"{TEXT}    env: {{conda: ../conda.yaml}}\n"), "{file}:5:18: '../conda.yaml' in 'flavors.python_function.env.conda' leads out of the package; expected a path below it"),
        (_says(f"{TEXT}saved_input_example_info: {{artifact_path: ../e}}\n"), "{file}:5:43: '../e' in 'saved_input_example_info.artifact_path' leads out of the package; expected a path below it"),
        (_outside, "{root}/data/near is a link that leads out of the package"),
        (_named_outside, "{root}/model.pkl is a link that leads out of the package"),
    ],
    ids=lambda value: value[7:60] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_package(root: Path, change: Callable[[Path], None], message: str) -> None:
    change(root)
    with pytest.raises(UsageError) as caught:
        read(root)
    assert caught.value.message == message.format(root=root, file=root / "MLmodel")
    assert caught.value.hint is not None


def test_the_document_is_not_the_package(root: Path) -> None:
    with pytest.raises(UsageError) as caught:
        read(root / "MLmodel")
    assert caught.value.message == f"{root}/MLmodel is the document of a package; expected the folder"
    assert caught.value.hint == str(root)
