"""How a change of a lock is shown."""

from __future__ import annotations


def line(change: dict[str, str | None]) -> str:
    """One change, such as ``~ six 1.15.0 -> 1.17.0``; see `mpk_build.environment.lockfile.difference`."""
    name, before, after = change["name"], change["before"], change["after"]
    if before is None:
        return f"+ {name} {after}"
    return f"- {name} {before}" if after is None else f"~ {name} {before} -> {after}"
