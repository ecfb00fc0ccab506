"""What to do on a machine where no sandbox works."""

from __future__ import annotations

import shutil
from pathlib import Path

# Setting of the kernel -> the value that forbids namespaces to ordinary users, and the one that allows them.
_SETTINGS = {
    "kernel.apparmor_restrict_unprivileged_userns": ("1", "0"),
    "kernel.unprivileged_userns_clone": ("0", "1"),
    "user.max_user_namespaces": ("0", "15000"),
}


def settings() -> dict[str, str]:
    """The settings of this kernel that decide on namespaces."""
    found = {}
    for name in _SETTINGS:
        try:
            found[name] = Path("/proc/sys", *name.split(".")).read_text().strip()
        except OSError:
            continue
    return found


def hint(found: dict[str, str] | None = None, *, bubblewrap: bool | None = None) -> str:
    """What to type, from the kernel's settings and whether bubblewrap is installed."""
    found = settings() if found is None else found
    bubblewrap = shutil.which("bwrap") is not None if bubblewrap is None else bubblewrap
    steps = [] if bubblewrap else ["install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap)"]
    steps += [
        f"sysctl -w {name}={allowing}"
        for name, (forbidding, allowing) in _SETTINGS.items()
        if found.get(name) == forbidding
    ]
    if not steps:
        steps = ["allow this container user namespaces (docker run --security-opt seccomp=unconfined)"]
    return "; ".join(steps)
