"""Platforms that a lock is for, by the names that OCI gives them; and the one that mpk resolves for on this machine."""

from __future__ import annotations

import platform
from dataclasses import dataclass


@dataclass(frozen=True)
class Platform:
    """A platform.

    Attributes:
        name: As OCI images have it, such as ``linux/amd64``.
        target: What uv calls it; of Linux with the oldest glibc that current wheels of the scientific stack need.
        sys_platform: What its Python says (PEP 508).
        machine: Likewise, ``platform_machine``.
    """

    name: str
    target: str
    sys_platform: str
    machine: str

    @property
    def marker(self) -> str:
        """The environment marker that holds there and on no other platform."""
        return f"sys_platform == '{self.sys_platform}' and platform_machine == '{self.machine}'"

    @property
    def variables(self) -> dict[str, str]:
        """What markers are evaluated with."""
        os_name, system = {"linux": ("posix", "Linux"), "darwin": ("posix", "Darwin")}.get(
            self.sys_platform, ("nt", "Windows")
        )
        return {
            "os_name": os_name,
            "platform_system": system,
            "sys_platform": self.sys_platform,
            "platform_machine": self.machine,
        }


_ALL = (
    Platform("linux/amd64", "x86_64-manylinux_2_28", "linux", "x86_64"),
    Platform("linux/arm64", "aarch64-manylinux_2_28", "linux", "aarch64"),
    Platform("darwin/amd64", "x86_64-apple-darwin", "darwin", "x86_64"),
    Platform("darwin/arm64", "aarch64-apple-darwin", "darwin", "arm64"),
    Platform("windows/amd64", "x86_64-pc-windows-msvc", "win32", "AMD64"),
    Platform("windows/arm64", "aarch64-pc-windows-msvc", "win32", "ARM64"),
)
NAMES = tuple(one.name for one in _ALL)
_OF_MACHINES = {"x86_64": "linux/amd64", "aarch64": "linux/arm64", "arm64": "linux/arm64"}


def named(name: str) -> Platform:
    """The platform of that name.

    Raises:
        KeyError: There is none.
    """
    return {one.name: one for one in _ALL}[name]


def own() -> Platform:
    """Where a model runs on this machine: Linux, be it in a container."""
    machine = platform.machine()
    if machine in _OF_MACHINES:
        return named(_OF_MACHINES[machine])
    return Platform(f"linux/{machine}", "linux", "linux", machine)
