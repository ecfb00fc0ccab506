"""Python interpreters of this machine: which there are, and what exactly each is."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from mpk_build.environment import uv
from mpk_build.foundation import digests, processes
from mpk_build.foundation.documents import canonical, write_whole
from mpk_build.foundation.errors import MachineError, MpkError

_ASK = """
import json, os, platform, sys, sysconfig
print(json.dumps({"version": platform.python_version(), "build": sys.version, "platform": sysconfig.get_platform(),
"prefix": sys.prefix, "base_prefix": sys.base_prefix, "implementation": sys.implementation.name,
"site": os.pathsep.join(p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages"))}))
"""


@dataclass(frozen=True)
class Interpreter:
    """One Python.

    Attributes:
        python: The executable's path, as it is to be started.
        version: Such as ``3.11.7``.
        build: ``sys.version``: the exact build.
        platform: ``sysconfig.get_platform()``, such as ``linux-x86_64``.
        prefix: Where the environment is.
        base_prefix: Where the installation is.
        implementation: Such as ``cpython``.
        site: Where it keeps what is installed, joined by ``:``.
    """

    python: str
    version: str
    build: str
    platform: str
    prefix: str
    base_prefix: str
    implementation: str
    site: str

    @property
    def minor(self) -> str:
        """The language version, such as ``3.11``."""
        return ".".join(self.version.split(".")[:2])

    @property
    def identity(self) -> str:
        """What distinguishes this build from any other; not where it lies."""
        return digests.of_value([self.implementation, self.build, self.platform])


class Interpreters:
    """Finds interpreters; what it was told is kept in ``memory`` for as long as the executable is the same file."""

    def __init__(self, memory: Path) -> None:
        self._memory = memory
        try:
            self._known: dict[str, dict[str, str]] = dict(json.loads(memory.read_bytes()))
        except (OSError, ValueError, TypeError):
            self._known = {}

    def inspect(self, python: Path) -> Interpreter:
        """What an executable is.

        Raises:
            MachineError: It can't be started, or is no Python.
        """
        try:
            status = python.stat()
        except OSError:
            raise MachineError(f"there is no interpreter {python}") from None
        known_by = (status.st_size, status.st_mtime_ns, status.st_ino, _configuration(python), _ASK)
        key = f"{python} {digests.of_value(known_by)}"
        if key not in self._known:
            self._remember(key, asdict(_ask(python)))
        return Interpreter(**self._known[key])

    def own(self) -> Interpreter:
        """The one that mpk runs on."""
        return self.inspect(Path(sys.executable))

    def find(self, version: str) -> Interpreter:
        """An interpreter of this version, such as ``3.11`` or ``3.11.7``.

        Raises:
            MachineError: There is none on this machine.
        """
        own = self.own()
        if _is(own.version, version):
            return own
        remembered = self._known.get(f"version {version}", {}).get("python")
        if remembered and Path(remembered).exists() and _is(self.inspect(Path(remembered)).version, version):
            return self.inspect(Path(remembered))
        try:
            found = uv.run(["python", "find", "--no-python-downloads", "--no-project", "--system", version]).strip()
        except MpkError:
            found = self._of_pyenv(version)
        if not found:
            raise MachineError(
                f"this machine has no Python {version}",
                hint=f"uv python install {version}, or install it with your system's packages",
            )
        self._remember(f"version {version}", {"python": found})
        return self.inspect(Path(found))

    def _of_pyenv(self, version: str) -> str:
        """The newest one of pyenv's; uv finds only those that are switched on. Empty if there is none that starts."""
        root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
        found = sorted(root.glob("versions/*/bin/python"), key=lambda one: _numbers(one.parent.parent.name))
        for python in reversed([one for one in found if _is(one.parent.parent.name, version)]):
            with contextlib.suppress(MachineError):
                if _is(self.inspect(python).version, version):
                    return str(python)
        return ""

    def _remember(self, key: str, value: dict[str, str]) -> None:
        self._known[key] = value
        write_whole(self._memory, canonical(self._known))


def _is(version: str, wanted: str) -> bool:
    return version == wanted or version.startswith(f"{wanted}.")


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _configuration(python: Path) -> str:
    configuration = python.parent.parent / "pyvenv.cfg"
    return digests.of_file(configuration) if configuration.is_file() else ""


def _ask(python: Path) -> Interpreter:
    try:
        finished = processes.run([str(python), "-I", "-c", _ASK], timeout_s=60)
        return Interpreter(str(python), **json.loads(finished.stdout))
    except (OSError, ValueError, TypeError):
        raise MachineError(f"{python} is not a Python interpreter that can be started") from None
