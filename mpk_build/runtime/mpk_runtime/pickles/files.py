"""Files that loading would unpickle: pickles, plain and compressed, and containers that hold some.

A file counts for what its bytes are, whatever it is called. A zip archive is one of torch, of numpy, of skops, or of
anybody; each member of it that is a pickle, or called one, is read.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import os
import zipfile
import zlib
from typing import Any, Callable, Iterator

from mpk_runtime.pickles import reading
from mpk_runtime.pickles.reading import PickleReading

_SUFFIXES = (
    *(".pkl", ".pickle", ".pck", ".joblib", ".jbl", ".dill", ".cloudpickle", ".sav"),
    *(".pt", ".pth", ".ckpt", ".npy", ".npz", ".skops"),
)
_ZIP, _NUMPY = b"PK\x03\x04", b"\x93NUMPY"
_LARGEST = 1 << 31
_LARGE, _HEAD = 1 << 20, 1 << 16
_SKOPS = "schema.json"
_GZIP_OR_ZLIB = 47
_COMPRESSED: list[tuple[tuple[bytes, ...], Callable[[], Any]]] = [
    (
        (b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
        lambda: zlib.decompressobj(_GZIP_OR_ZLIB),
    ),
    ((b"BZh",), bz2.BZ2Decompressor),
    ((b"\xfd7zXZ\x00", b"\x5d\x00\x00"), lzma.LZMADecompressor),
]
_FAILURES = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, zipfile.BadZipFile, NotImplementedError)


def scan(root: str, named: list[str]) -> list[dict[str, Any]]:
    """What the files below a folder, or one file, would import where they are unpickled.

    Wheels, which hold no model, are left alone; a link is what it leads to. ``named``: paths that a flavor loads,
    whatever they are called and hold.

    Returns:
        By path: ``{"path", "format": pickle, torch, npy, npz, skops or zip, "names": [[module, name]], "problems": what
        could not be read}``.
    """
    found = []
    loaded = {os.path.realpath(os.path.join(root, name)) for name in named}
    folder_of_one, only = os.path.split(root)
    walk = [(folder_of_one, [], [only])] if os.path.isfile(root) else os.walk(root)
    for folder, folders, files in walk:
        folders.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            relative = name if path == root else os.path.relpath(path, root).replace(os.sep, "/")
            named_here = path == root or os.path.realpath(path) in loaded
            is_wheel = relative.startswith("wheels/") and name.endswith(".whl")
            if not os.path.isfile(path) or (is_wheel and not named_here):
                continue
            with open(path, "rb") as file:
                data = _content(file, os.path.getsize(path), name, named=named_here)
                read = read_file(data, name, named=named_here, file=file)
            if read is not None:
                form, what = read
                names = [list(one) for one in what.names]
                found.append({"path": relative, "format": form, "names": names, "problems": what.problems})
    return sorted(found, key=lambda one: str(one["path"]))


def _content(file: Any, size: int, name: str, *, named: bool) -> bytes:
    """As much of a file as has to be read: of weights and other large data, the beginning tells that they are that."""
    head: bytes = file.read(_HEAD)
    marks = (b"\x80", *(magic for magics, _ in _COMPRESSED for magic in magics))
    plain = not named and not name.lower().endswith(_SUFFIXES) and not head.startswith(marks)
    numbers = head.startswith(_NUMPY) and not _holds_objects(head)
    if head.startswith(_ZIP) or numbers or (plain and size > _LARGE):
        return head
    rest: bytes = file.read()
    return head + rest


def read_file(data: bytes, name: str, *, named: bool = False, file: Any = None) -> tuple[str, PickleReading] | None:
    """The format and content of a file, or None where nothing would unpickle it.

    Args:
        data: Its bytes; of an archive the first are enough where there is a ``file``.
        name: What it is called.
        named: Whether a flavor loads it, so that it counts although it breaks off.
        file: The file itself.
    """
    called = name.lower().endswith(_SUFFIXES)
    if data.startswith(_ZIP):
        return _archive(io.BytesIO(data) if file is None else file, called=called)
    if data.startswith(_NUMPY):
        return "npy", _array(data)
    plain = _decompressed(data)
    if plain is not None:
        inner = read_file(plain, name if called else "", named=named)
        return inner or ("pickle", _problem("a compressed file that holds no pickle")) if called else inner
    found = reading.read(data)
    for nested in found.nested:
        _join(found, (read_file(nested, "nested.pt") or ("", _problem("no pickle")))[1])
    if called or _is_pickle(data, found, named=named):
        return "pickle", found
    return None


def _is_pickle(data: bytes, found: PickleReading, *, named: bool) -> bool:
    if data[:1] == b"\x80" and data[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return bool(found.found or named or not found.problems)
    # Before protocol 2 there is no mark at the beginning, and some texts begin as a pickle does.
    names = [part for name in found.found for part in ".".join(name).split(".")]
    return bool(names) and all(part.isidentifier() for part in names) and (found.complete or named)


def _archive(archive: Any, *, called: bool) -> tuple[str, PickleReading] | None:
    found = PickleReading()
    try:
        with zipfile.ZipFile(archive) as file:
            members = list(_members(file))
    except _FAILURES as error:
        return ("zip", _problem(f"a broken archive: {type(error).__name__}")) if called else None
    names = [name for name, _ in members]
    form = "npz" if names and all(name.endswith(".npy") for name in names) else "zip"
    if _SKOPS in names:
        form = "skops"
        for name, content in members:
            if name == _SKOPS:
                _join(found, _types(content))
    form = "torch" if any(name.endswith("data.pkl") for name in names) else form
    held = form != "zip"
    for name, content in members:
        read = None if name == _SKOPS else read_file(content, name)
        if read is not None:
            held = True
            _join(found, read[1])
    return (form, found) if held or called else None


def _members(file: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    # Also those of one name: which of them a reader takes is its own affair.
    for info in file.infolist():
        if info.file_size > _LARGEST:
            raise ValueError("too large")
        with file.open(info) as member:
            inner = member.read(4) == _ZIP
        with file.open(info) as member:
            # An archive in an archive is read as a whole.
            content = member.read() if inner else _content(member, info.file_size, info.filename, named=False)
        yield info.filename, content


def _array(data: bytes) -> PickleReading:
    """An array's file holds a pickle where its items are objects; format: ``numpy.lib.format``."""
    header, begin = _header(data)
    if not header.endswith(b"\n"):
        return _problem("a broken header")
    return reading.read(data[begin:]) if _holds_objects(data) else PickleReading()


def _header(data: bytes) -> tuple[bytes, int]:
    head = 10 if data[6:7] == b"\x01" else 12
    end = head + int.from_bytes(data[8:head], "little")
    return data[head:end], end


def _holds_objects(data: bytes) -> bool:
    return b"O" in _header(data)[0].split(b"'fortran_order'")[0]


def _types(content: bytes) -> PickleReading:
    """What the schema of skops names; format: ``skops/io``, each node with its module, class and loader."""
    found = PickleReading()
    try:
        waiting = [json.loads(content)]
    except (ValueError, RecursionError):
        return _problem("a schema that is no JSON")
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        if not isinstance(node, dict):
            continue
        waiting.extend(node.values())
        for module, name in (("__module__", "__class__"), ("module_path", "function"), ("module", "type")):
            if isinstance(node.get(module), str) and isinstance(node.get(name), str):
                found.found.add((node[module], node[name]))
    return found


def _decompressed(data: bytes) -> bytes | None:
    """The content of a compressed file, None for one that is none.

    Of all streams in it, one behind the other: readers take them for one.
    """
    made = next((made for magics, made in _COMPRESSED if data.startswith(magics)), None)
    if made is None:
        return None
    content = b""
    rest: bytes = data
    try:
        while rest and len(content) < _LARGEST:
            stream = made()
            content += stream.decompress(rest, _LARGEST - len(content))
            rest = stream.unused_data
    except _FAILURES:
        # What stands behind the last stream is nothing to a reader, or a failure.
        return content or None
    return content


def _problem(text: str) -> PickleReading:
    found = PickleReading()
    found.problems.append(text)
    return found


def _join(found: PickleReading, other: PickleReading) -> None:
    found.found |= other.found
    found.problems += other.problems
