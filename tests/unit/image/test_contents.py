"""What goes into which layer of an image's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from e2e.image_support import write_project

from mpk_build.image import contents
from mpk_build.image.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def test_weights_are_apart_from_what_changes_with_every_build(tmp_path: Path) -> None:
    project = write_project(tmp_path / "project")
    package = project / "model"
    (package / "artifacts").mkdir()
    (package / "artifacts" / "norms.json").write_text("{}")
    (package / "requirements.txt").write_text("")
    (package / "code" / "__pycache__").mkdir()
    (package / "code" / "__pycache__" / "toy.pyc").write_text("")
    weights = {entry.path for entry in contents.weights(package)}
    code = {entry.path for entry in contents.code(package, project / "model.json")}
    assert weights == {"opt/model/artifacts/norms.json", "opt/model/weights.bin"}
    assert code == {
        "opt/model/MLmodel",
        "opt/model/code/toy.py",
        "opt/model/python_model.json",
        "opt/model/requirements.txt",
        "opt/mpk/model.json",
    }


def test_a_system_for_one_user() -> None:
    made = {entry.path: entry for entry in contents.system(Tree(), "1000:100")}
    assert made["etc/passwd"].data == (
        b"root:x:0:0:root:/root:/sbin/nologin\nmodel:x:1000:100:model:/tmp:/sbin/nologin\n"
    )
    assert made["etc/group"].data == b"root:x:0:\nmodel:x:100:\n"
    assert made["etc/hosts"].data == b"127.0.0.1 localhost\n::1 localhost\n"
    assert made["etc/nsswitch.conf"].data == b"passwd: files\ngroup: files\nhosts: files dns\n"
    assert (made["tmp"].is_folder, made["tmp"].mode) == (True, 0o1777)
    assert not any(path.startswith(("etc/ssl", "usr/share/zoneinfo/right")) for path in made)


def test_what_a_base_has_is_left_alone() -> None:
    base = Tree(
        {
            "etc/passwd",
            "etc/group",
            "etc/hosts",
            "etc/nsswitch.conf",
            "dev",
            "proc",
            "sys",
            "run",
            "tmp",
            "usr/share/zoneinfo",
        }
    )
    assert list(contents.system(base, "65532")) == []


def test_the_server_has_the_front_what_it_uses_and_the_runtime() -> None:
    paths = {entry.path for entry in contents.server()}
    assert {
        "opt/mpk/serve.py",
        "opt/mpk/lib/mpk_build/__init__.py",
        "opt/mpk/lib/mpk_build/endpoint/front.py",
        "opt/mpk/lib/mpk_build/foundation/errors.py",
        "opt/mpk/runtime/mpk_runtime/worker.py",
    } <= paths
    assert not any("__pycache__" in path or path.endswith((".toml", ".pyc")) for path in paths)
    assert {path.split("/")[4] for path in paths if path.startswith("opt/mpk/lib/mpk_build/")} == {
        "__init__.py",
        "endpoint",
        "foundation",
    }
