"""The levels of the sandbox, the strongest first, and how a process is started in each."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mpk_build.environment.sandbox.view import View

Level = Literal["bubblewrap", "namespaces", "landlock", "none"]
"""``bubblewrap``: a file system, processes and a network of its own. ``namespaces``: processes and a network of its
own, and the kernel's Landlock lets it open nothing else. ``landlock``: only that, and no TCP. ``none``: an isolated
Python in a folder of its own."""

LEVELS: tuple[Level, ...] = ("bubblewrap", "namespaces", "landlock", "none")
TOOLS: dict[Level, tuple[str, ...]] = {"bubblewrap": ("bwrap",), "namespaces": ("unshare", "setpriv")}
"""The programs that a level needs."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm")  # noqa: S108 - a device
# The shell stays the first process: one that is the first itself can't be ended by a signal (pid_namespaces(7)).
_SECOND_PROCESS = '"$@"; exit $?'


def lacking(level: Level) -> str | None:
    """Which program of a level is not installed, as a reason, or None."""
    absent = next((tool for tool in TOOLS.get(level, ()) if shutil.which(tool) is None), None)
    return None if absent is None else f"{absent} is not installed"


def command(level: Level, python: Sequence[str], view: View, env: dict[str, str], *, network: bool) -> list[str]:
    """What starts a Python at a level; the working folder and, but for bubblewrap, the variables are the caller's."""
    if level == "bubblewrap":
        return [*_bubblewrap(view, env, network=network), "--", *python]
    if level == "namespaces":
        apart = ["--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount", "--mount-proc", "--ipc"]
        net = [] if network else ["--net"]
        own = ["setpriv", "--pdeathsig", "KILL", "unshare", *apart, *net]
        return [*own, "--", "/bin/sh", "-c", _SECOND_PROCESS, "sh", *python]
    return list(python)


def landlock(level: Level, view: View, *, network: bool) -> dict[str, Any] | None:
    """What the process itself has to give up at a level; see `mpk_runtime.confinement`."""
    if level in ("bubblewrap", "none"):
        return None
    return {
        "read": [*map(str, view.read), "/proc"],
        "write": [*map(str, view.write), *_DEVICES],
        # Without a network of its own, as with one of which nothing is reachable.
        "network": network,
    }


def _bubblewrap(view: View, env: dict[str, str], *, network: bool) -> list[str]:
    apart = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv"]
    if network:
        apart.append("--share-net")
    mounts = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - the sandbox's own
    shown: list[tuple[Path, str]] = [*((path, "--ro-bind") for path in view.read)]
    shown += [(path, "--bind") for path in view.write]
    for path, how in sorted(shown):
        mounts += [how, str(path), str(path)]
    for path, target in view.links.items():
        mounts += ["--symlink", target, str(path)]
    mounts += ["--remount-ro", "/"]
    variables = [part for name, value in env.items() for part in ("--setenv", name, value)]
    return ["bwrap", *apart, *mounts, *variables]
