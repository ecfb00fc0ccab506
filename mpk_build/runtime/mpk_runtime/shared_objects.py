"""Which shared libraries a process has mapped, whoever opened them and however: proc_pid_maps(5)."""

from __future__ import annotations

import os
import re
import sys
import sysconfig

_SHARED_OBJECT = re.compile(r"\.so(\.[0-9.]+)?$")
# The C library opens these as this machine's nsswitch.conf and locale say; another machine has others.
_BY_CONFIGURATION = re.compile(r"/libnss_|/gconv/")


def of_the_system() -> list[str]:
    """Absolute paths of the shared libraries in this process that no environment and no standard library holds.

    Sorted; empty where there is no ``/proc``.
    """
    ours = {sys.prefix, *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))}
    folders = tuple(os.path.join(folder, "") for path in ours for folder in {path, os.path.realpath(path)})
    return sorted(path for path in mapped() if not _BY_CONFIGURATION.search(path) and not path.startswith(folders))


def mapped() -> set[str]:
    """Absolute paths of all shared libraries in this process; empty where there is no ``/proc``."""
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            paths = {line.split(None, 5)[5].rstrip("\n") for line in file if "/" in line}
    except OSError:
        return set()
    return {path for path in paths if _SHARED_OBJECT.search(path)}
