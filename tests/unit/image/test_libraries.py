"""Which shared libraries an image needs, on this machine's real ones."""

from __future__ import annotations

import dataclasses
import os
import shutil
import sys
from pathlib import Path

import pytest
from e2e.image_support import layer

from mpk_build.image import elf, interpreter
from mpk_build.image.entries import Entry, file_at
from mpk_build.image.libraries import Libraries, Machine, Want, opened_by_name, wants_of
from mpk_build.image.tree import Tree, of_layers

PYTHON = elf.read_file(Path(sys.executable).resolve())
assert PYTHON is not None
MACHINE = Machine(PYTHON.machine)
LIBC = MACHINE.find("libc.so.6")
assert LIBC is not None


def test_a_program_says_what_it_needs() -> None:
    assert PYTHON is not None
    assert PYTHON.loader.startswith("/lib")
    assert "libc.so.6" in PYTHON.needed
    described = elf.read_file(LIBC or Path())
    assert described is not None
    assert {version for library, version in PYTHON.requires if library == "libc.so.6"} <= set(described.provides)


@pytest.mark.parametrize("data", [b"", b"\x7fEL", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF" + b"\xff" * 200])
def test_what_is_no_elf_file_says_nothing(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x.so").write_bytes(data)
    assert elf.read_file(tmp_path / "x.so") is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("libc.so.6", True),
        ("_ssl.cpython-311-x86_64-linux-gnu.so", True),
        ("libgomp-e985bcbb.so.1.0.0", True),
        ("libx.so.txt", False),
        ("x.sock", False),
    ],
)
def test_shared_objects_are_known_by_name(name: str, expected: bool) -> None:  # noqa: FBT001 - a table
    assert elf.is_shared_object(name) is expected


def _extension(folder: Path) -> Entry:
    """The interpreter's own extension for decimals or sockets, whichever is a file of its own here."""
    stdlib = interpreter.probe(Path(sys.executable)).stdlib
    found = next(iter(sorted((stdlib / "lib-dynload").glob("_ssl*.so"))), None)
    if found is None:
        pytest.skip("this Python has no extension module that needs a library")
    folder.mkdir()
    return file_at("opt/env/pkg/_ssl.so", Path(shutil.copy(found, folder / "_ssl.so")))


def test_wants_are_what_the_files_do_not_have_themselves(tmp_path: Path) -> None:
    extension = _extension(tmp_path / "a")
    names = {want.name for want in wants_of([extension])}
    assert "libc.so.6" in names
    some = min(names - {"libc.so.6"})
    bundled = Entry(f"opt/env/pkg.libs/{some}", data=b"")
    assert {want.name for want in wants_of([extension, bundled])} == names - {some}


def test_needs_are_followed_to_the_end(tmp_path: Path) -> None:
    libraries = Libraries(Tree(), MACHINE)
    shipped = libraries.close(wants_of([_extension(tmp_path / "a")]))
    assert "libc.so.6" in shipped
    for path in shipped.values():
        described = elf.read_file(path)
        assert described is not None
        assert set(described.needed) <= set(shipped)
    assert libraries.unknown == {}
    assert libraries.close(wants_of([_extension(tmp_path / "b")])) == {}


def test_what_nobody_has_is_no_error(tmp_path: Path) -> None:
    libraries = Libraries(Tree(), MACHINE)
    assert libraries.close([Want("libtbb.so.12", "numba/tbbpool.so", ("TBB_1",))]) == {}
    assert (libraries.unknown, libraries.outdated) == ({"libtbb.so.12": "numba/tbbpool.so"}, {})
    base = of_layers([layer(tmp_path / "1", {"lib/libc.so.6": (LIBC or Path()).read_bytes()})])
    libraries = Libraries(base, MACHINE)
    libraries.close([Want("libc.so.6", "future.so", ("GLIBC_2.999",))])
    assert libraries.outdated == {}


def test_an_older_library_in_the_base_is_told() -> None:
    described = elf.read_file(LIBC or Path())
    assert described is not None
    newest = described.provides[-2]
    older = dataclasses.replace(described, provides=tuple(one for one in described.provides if one != newest))
    base = Tree({"lib/libc.so.6"}, {}, {"lib/libc.so.6": older})
    libraries = Libraries(base, MACHINE)
    assert libraries.close([Want("libc.so.6", "a.so", (newest,)), Want("libc.so.6", "b.so", ())]) == {}
    assert libraries.outdated == {f"{newest} of libc.so.6": "a.so"}


def test_libraries_for_other_processors_are_passed_over() -> None:
    assert Machine("EM_S390").find("libc.so.6") is None


def test_a_files_own_search_folders_come_first(tmp_path: Path) -> None:
    extension = _extension(tmp_path / "a")
    wants = {want.name: want.at for want in wants_of([extension])}
    assert all(not at or os.path.isabs(at) for at in wants.values())  # noqa: PTH117
    copy = Path(shutil.copy(LIBC or Path(), tmp_path / "libc.so.6"))
    assert MACHINE.find("libc.so.6", str(copy)) == copy


def test_what_nothing_is_linked_with_was_opened_by_name() -> None:
    opened, linked = MACHINE.find("libblkid.so.1"), MACHINE.find("libuuid.so.1")
    assert opened is not None
    assert linked is not None
    seen = [str(LIBC), "/nowhere/libgone.so.1", *(str(path.resolve()) for path in (opened, linked))]
    found = opened_by_name(seen, [Want("libuuid.so.1", "some extension")], MACHINE)
    assert found == [Want("libblkid.so.1", "the model, which opens it by name", at=str(opened.resolve()))]
