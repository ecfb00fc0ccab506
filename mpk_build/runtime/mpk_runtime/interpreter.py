"""What an interpreter says of itself: where requirements' markers hold, and which modules are its own."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig


def marker_environment() -> dict[str, str]:
    """The variables of PEP 508 environment markers."""
    version = sys.implementation.version
    number = f"{version.major}.{version.minor}.{version.micro}"
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": number
        if version.releaselevel == "final"
        else f"{number}{version.releaselevel[0]}{version.serial}",
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def standard_folders() -> list[str]:
    """Where the standard library lies."""
    return sorted({sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")})


def standard_modules() -> list[str]:
    """The top-level modules of the standard library; before Python 3.10 those that are there."""
    known = getattr(sys, "stdlib_module_names", None)
    if known is not None:
        return sorted(known)
    found = set(sys.builtin_module_names)
    for folder in standard_folders():
        for place in (folder, os.path.join(folder, "lib-dynload")):
            found.update(name.split(".")[0] for name in (os.listdir(place) if os.path.isdir(place) else []))
    return sorted(name for name in found if name.isidentifier())
