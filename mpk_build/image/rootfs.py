"""Serves an image on a machine without an engine: unpacked, and a process sees it as its whole system."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.foundation import processes
from mpk_build.foundation.errors import MachineError
from mpk_build.image.served import Served, free_port, termination_raised
from mpk_build.image.unpack import unpack

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from typing import Any

_LISTEN = "MPK_LISTEN"  # read by mpk_build/endpoint/settings.py
_MOUNTPOINTS = ("dev", "proc", "tmp")
_TRY_S = 30.0
# bubblewrap is not there: the same with namespaces alone. No /dev can be made in one, so the machine's is
# shown.
_ENTER = """set -e
root=$1
shift
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/tmp"
exec chroot "$root" "$@"
"""
# An image on scratch has no env(1): this is one for its Python, called as FOLDER NAME=VALUE... -- COMMAND...
_START = """
import os, sys
at = sys.argv.index("--")
os.chdir(sys.argv[1])
os.execve(sys.argv[at + 1], sys.argv[at + 1:], dict(one.split("=", 1) for one in sys.argv[2:at]))
"""


@contextlib.contextmanager
def serve_rootfs(layout: Path, scratch: Path, log: Path) -> Iterator[Served]:
    """Serve the image of a layout in a sandbox, on a free port of 127.0.0.1, for as long as the block runs.

    The image is unpacked into the folder ``scratch`` and removed from there afterwards. Its processes see its
    files, read only, and this machine's network; no other file of this machine, no process, no variable.

    Raises:
        MachineError: Neither bubblewrap nor namespaces work here.
        StageError: The layout is damaged.
    """
    root = scratch / "rootfs"
    try:
        with termination_raised():
            image = unpack(layout, root)
            for name in _MOUNTPOINTS:
                (root / name).mkdir(exist_ok=True)
            how, sandbox = _choose(root)
            port = free_port()
            command = _command(sandbox, image.config["config"], f"127.0.0.1:{port}")
            with processes.running(command, log=log, env={"PATH": os.environ.get("PATH", os.defpath)}) as process:
                yield _InSandbox(f"http://127.0.0.1:{port}", how, process, log)
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _command(sandbox: Sequence[str], config: dict[str, Any], listen: str) -> list[str]:
    variables = [*config.get("Env", []), f"{_LISTEN}={listen}"]
    entrypoint = [*config["Entrypoint"], *(config.get("Cmd") or [])]
    return [
        *sandbox,
        entrypoint[0],
        "-I",
        "-S",
        "-c",
        _START,
        config.get("WorkingDir") or "/",
        *variables,
        "--",
        *entrypoint,
    ]


def _choose(root: Path) -> tuple[str, list[str]]:
    tried = []
    for how, sandbox in (("bubblewrap", _bubblewrap(root)), ("unshare", _unshare(root))):
        if shutil.which(sandbox[0]) is None:
            tried.append(f"{sandbox[0]} is not installed")
            continue
        done = processes.run([*sandbox, "/opt/python/bin/python3", "-I", "-S", "-c", ""], timeout_s=_TRY_S)
        if not done.returncode:
            return how, sandbox
        tried.append(f"{sandbox[0]}: {done.stderr.strip()}")
    raise MachineError(
        f"Nothing on this machine can run the image: {'; '.join(tried)}.",
        hint="Install bubblewrap, or start Docker.",
    )


def _bubblewrap(root: Path) -> list[str]:
    apart = [
        "--unshare-all",
        "--share-net",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
    ]
    user = ["--uid", "65532", "--gid", "65532"]
    mounts = ["--ro-bind", str(root), "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp"]  # noqa: S108
    return ["bwrap", *apart, *user, *mounts, "--"]


def _unshare(root: Path) -> list[str]:
    apart = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--ipc", "--uts"]
    return ["unshare", *apart, "--", "sh", "-c", _ENTER, "sh", str(root)]


class _InSandbox(Served):
    def __init__(self, url: str, how: str, process: subprocess.Popen[bytes], log: Path) -> None:
        super().__init__(url, how)
        self._process = process
        self._log = log

    def memory_bytes(self) -> int | None:
        sizes = [_memory(pid) for pid in _family(self._process.pid)]
        return sum(size for size in sizes if size is not None) or None

    def is_running(self) -> bool:
        return self._process.poll() is None

    def logs(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def _family(ancestor: int) -> set[int]:
    """A process and all below it (proc_pid_stat(5))."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold spaces and parentheses of its own.
            parents[int(status.parent.name)] = int(status.read_text().rpartition(")")[2].split()[1])
    family = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return family


def _memory(pid: int) -> int | None:
    """What a process holds in bytes; of shared pages its part, where the kernel tells (proc_pid_smaps(5))."""
    for name, label in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
                if line.startswith(label):
                    return int(line.split()[1]) * 1024
    return None
