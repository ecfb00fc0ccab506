"""What a process in a sandbox sees of this machine."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mpk_build.environment.interpreters import Interpreter

# Shared libraries and how the loader finds them; how many processors there are.
_SYSTEM = (
    *("/lib", "/lib32", "/lib64", "/libx32", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libx32", "/usr/local/lib"),
    *("/nix/store", "/etc/ld.so.cache", "/etc/alternatives", "/sbin/ldconfig", "/sbin/ldconfig.real"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node"),
)
# What finds a host and trusts it.
_NETWORK = (
    *("/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols"),
    *("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates"),
)
# A prefix that holds a whole system, of which a Python is a small part.
_SHARED_PREFIXES = (Path("/"), Path("/usr"), Path("/usr/local"))
_MOST_LINKS = 40


@dataclass(frozen=True)
class View:
    """What a process in a sandbox sees of this machine, each path without a link in it.

    Attributes:
        read: What it can read.
        write: What it can also change.
        links: Links that lead there: where they lie, to what they say.
    """

    read: tuple[Path, ...]
    write: tuple[Path, ...]
    links: dict[Path, str]


def see(interpreter: Interpreter, read: Iterable[Path], write: Iterable[Path], *, network: bool) -> View:
    """The view of a process of an interpreter: what that needs to start, and what it is given."""
    system = [Path(one) for one in (*_SYSTEM, *(_NETWORK if network else ()))]
    links: dict[Path, str] = {}
    found = {_followed(one, links) for one in [*system, *_python(interpreter), *read]}
    changed = {_followed(one, links) for one in write}
    shown = [path for path in sorted(found) if path.exists() and path not in changed]
    inside = {path: target for path, target in links.items() if not any(path.is_relative_to(one) for one in shown)}
    return View(tuple(shown), tuple(sorted(changed)), inside)


def _python(interpreter: Interpreter) -> list[Path]:
    """The files of an interpreter: its environment, and the installation that this was made from."""
    found = [Path(interpreter.python)]
    for prefix in {Path(interpreter.prefix), Path(interpreter.base_prefix), Path(interpreter.python).parent.parent}:
        found += [prefix / "lib"] if prefix in _SHARED_PREFIXES else [prefix]
    return found


def _followed(path: Path, links: dict[Path, str]) -> Path:
    """A path without a link in it; the links that were met are added to ``links``."""
    waiting = list(path.absolute().parts[1:])
    current = Path("/")
    for _ in range(_MOST_LINKS * 100):
        if not waiting:
            break
        part = waiting.pop(0)
        if part == "..":
            current = current.parent
            continue
        step = current / part
        if not step.is_symlink():
            current = step
            continue
        target = str(step.readlink())
        links[step] = target
        waiting = [one for one in Path(target).parts if one != "/"] + waiting
        current = Path("/") if target.startswith("/") else current
    return current
