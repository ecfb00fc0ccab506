"""What an image holds besides environments: a few files of any system, the server, the package."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from mpk_build.foundation import resources
from mpk_build.image.entries import Entry, file_at, folder, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from mpk_build.image.tree import Tree

ENVIRONMENT = "opt/env"
SERVER = "opt/mpk"
SERVER_LIBRARIES = "opt/mpk/lib"
MODEL = "opt/model"
SERVE = f"{SERVER}/serve.py"
DOCUMENT = f"{SERVER}/model.json"

_ZONES = Path("/usr/share/zoneinfo")
# Copies of all zones for clocks that count leap seconds, and of the others: twice the size, and nobody asks
# for them.
_NOT_ZONES = frozenset({"posix", "right", "localtime", "posixrules"})
_STICKY = 0o1777
_WHEELS = "wheels"

# What changes with every build lies in one small layer; what is left of a package is its weights.
_DESCRIPTIVE = frozenset(
    {
        *("MLmodel", "requirements.txt", "conda.yaml", "python_env.yaml", "pylock.toml"),
        *("input_example.json", "serving_input_example.json", "python_model.json"),
    }
)


def system(base: Tree, user: str) -> Iterator[Entry]:
    """What programs expect of any system and the base lacks: users, name lookup, time zones, places to mount.

    Not certificates: those of the building machine are not the model's to trust, and change from week to
    week.
    """
    uid, _, gid = user.partition(":")
    for path, data in _rendered(uid, gid or uid):
        if not base.holds(path):
            yield Entry(path, data=data)
    for path, mode in {"dev": 0o755, "proc": 0o755, "sys": 0o755, "run": 0o755, "tmp": _STICKY}.items():
        if not base.holds(path):
            yield folder(path, mode)
    zones = str(_ZONES).lstrip("/")
    if _ZONES.is_dir() and not base.holds(zones):
        yield from walk(_ZONES, zones, lambda path: path.parts[0] in _NOT_ZONES)


def _rendered(uid: str, gid: str) -> Iterator[tuple[str, bytes]]:
    # hosts is a place holder: engines put their own in its place.
    templates = resources.data_folder("templates") / "image"
    for file in sorted(path for path in templates.rglob("*") if path.is_file()):
        text = Template(file.read_text()).substitute(uid=uid, gid=gid)
        yield file.relative_to(templates).as_posix(), text.encode()


def server() -> Iterator[Entry]:
    """The front, what it uses of mpk, and ``mpk_runtime``; not the front's dependencies."""
    source = resources.source_folder()
    yield file_at(SERVE, source / "endpoint" / "serve.py")
    yield file_at(f"{SERVER_LIBRARIES}/mpk_build/__init__.py", source / "__init__.py")
    for name in ("endpoint", "foundation"):
        yield from walk(source / name, f"{SERVER_LIBRARIES}/mpk_build/{name}", _is_no_code)
    yield from walk(resources.runtime_folder(), f"{SERVER}/runtime", _is_no_code)


def server_lock() -> Path:
    """The lock of the front's dependencies."""
    return resources.source_folder() / "endpoint" / "pylock.server.toml"


def _is_no_code(path: PurePosixPath) -> bool:
    return path.name == "__pycache__" or path.suffix in (".toml", ".pyc")


def weights(package: Path) -> list[Entry]:
    """The large files of a package: the model itself and its artifacts, not the wheels, which are installed."""
    return list(
        walk(package, MODEL, lambda path: _is_code(path) or _WHEELS in path.parts[:1] or path.name == "__pycache__")
    )


def code(package: Path, document: Path) -> list[Entry]:
    """The model's code and all that describes it, with the document that the server reads."""
    own = walk(package, MODEL, lambda path: not _is_code(path) or path.name == "__pycache__")
    return [*own, Entry(DOCUMENT, source=document)]


def _is_code(path: PurePosixPath) -> bool:
    return path.parts[0] == "code" or str(path) in _DESCRIPTIVE
