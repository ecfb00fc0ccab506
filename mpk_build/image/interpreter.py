"""A Python of this machine as an image can hold it: what it is, and its files below ``/opt/python``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mpk_build.foundation import processes
from mpk_build.foundation.errors import MachineError
from mpk_build.image.entries import EXECUTABLE_MODE, Entry, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "opt/python"
COMMAND = f"/{PREFIX}/bin/python3"

_PROBE = """
import json, platform, sys, sysconfig
print(json.dumps({
    "version": platform.python_version(), "build": sys.version, "cache_tag": sys.implementation.cache_tag,
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "stdlib": sysconfig.get_path("stdlib"), "platlibdir": getattr(sys, "platlibdir", "lib"),
    "machine": platform.machine(),
}))
"""

# Below the standard library's folder: tests, tools with windows, the installer, what builds C extensions,
# other people's packages.
_LEFT_OUT = frozenset(
    {
        *("test", "idlelib", "lib2to3", "tkinter", "turtle.py", "turtledemo", "ensurepip"),
        *("site-packages", "dist-packages", "sitecustomize.py", "usercustomize.py", "EXTERNALLY-MANAGED"),
    }
)
_TESTS = frozenset({"test", "tests", "idle_test"})
# Extensions that only CPython's own tests use, and NIS, which would bring all of Kerberos along.
_NO_EXTENSIONS = ("_test", "_xxtestfuzz", "xxlimited", "_ctypes_test", "nis.")


@dataclass(frozen=True)
class Interpreter:
    """What a Python says of itself.

    ``build`` is the whole of ``sys.version``; ``stdlib`` is its folder on this machine;
    ``machine`` is as in ``uname -m``.
    """

    version: str
    build: str
    cache_tag: str
    executable: Path
    stdlib: Path
    platlibdir: str
    machine: str

    @property
    def minor(self) -> str:
        """``3.11`` of ``3.11.7``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def identity(self) -> list[str]:
        """What decides which wheels fit and which bytecode is made, wherever this Python lies."""
        return [self.build, self.cache_tag, self.machine]


def probe(python: Path) -> Interpreter:
    """Ask a Python, which may be that of a virtual environment, for the installation behind it.

    Raises:
        MachineError: It can't be run.
    """
    try:
        done = processes.run([str(python), "-I", "-S", "-c", _PROBE], timeout_s=60)
    except OSError as error:
        raise MachineError(f"{python} can't be run: {error.strerror}.") from error
    if done.returncode:
        raise MachineError(f"{python} can't be run: {done.stderr.strip() or f'exit code {done.returncode}'}")
    said = json.loads(done.stdout)
    return Interpreter(
        version=said["version"],
        build=said["build"],
        cache_tag=said["cache_tag"],
        executable=Path(said["executable"]).resolve(),
        stdlib=Path(said["stdlib"]),
        platlibdir=said["platlibdir"],
        machine=said["machine"],
    )


def entries(interpreter: Interpreter) -> Iterator[Entry]:
    """The interpreter, its standard library and its extension modules, placed below ``/opt/python``.

    Nothing is compiled yet, and shared libraries are not among these. Extensions whose libraries draw windows
    are for the caller to leave out, who knows what they need.
    """
    name = f"python{interpreter.minor}"
    yield Entry(f"{PREFIX}/bin/{name}", source=interpreter.executable, mode=EXECUTABLE_MODE)
    yield Entry(f"{PREFIX}/bin/python3", link=name)
    yield Entry(f"{PREFIX}/bin/python", link="python3")
    yield from walk(interpreter.stdlib, stdlib_at(interpreter), _is_left_out)


def borrowed(path: str) -> Iterator[Entry]:
    """The Python that a base image has at ``path``, at mpk's place.

    As a virtual environment (PEP 405), so that packages installed in the base never stand before those of the lock.
    """
    home = path.rpartition("/")[0]
    settings = f"home = {home}\ninclude-system-site-packages = false\n"
    yield Entry(f"{PREFIX}/pyvenv.cfg", data=settings.encode())
    yield Entry(f"{PREFIX}/bin/python3", link=path)


def stdlib_at(interpreter: Interpreter) -> str:
    """Where the standard library lies in the image."""
    return f"{PREFIX}/{interpreter.platlibdir}/python{interpreter.minor}"


def _is_left_out(path: PurePosixPath) -> bool:
    top, name = path.parts[0], path.name
    if top in _LEFT_OUT or top.startswith("config-") or name == "__pycache__" or name in _TESTS:
        return True
    return top == "lib-dynload" and name.startswith(_NO_EXTENSIONS)
