"""The lock: a PEP 751 ``pylock.toml`` with hashes, written by uv, and what mpk adds to it.

``[tool.mpk]`` holds the digest of all that the lock was resolved from, so that whether it is stale is known without
resolving.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from mpk_build.foundation.errors import StageError


@dataclass(frozen=True)
class Lock:
    """A lock as text and as what it pins.

    Attributes:
        text: The whole document.
        versions: Normalised name to version, ``""`` for a package that has none (a direct URL).
        made_from: The digest of what it was resolved from, or ``""``.
    """

    text: str
    versions: dict[str, str]
    made_from: str


def parse(text: str, name: str) -> Lock:
    """Read a lock.

    Raises:
        StageError: It is no PEP 751 lock; says where.
    """
    try:
        document = tomllib.loads(text)
        versions = {package["name"]: str(package.get("version", "")) for package in document.get("packages", [])}
    except tomllib.TOMLDecodeError as error:
        raise StageError(
            f"{name} is not TOML: {error}", hint="git checkout it, or delete it and run mpk lock"
        ) from None
    except (KeyError, TypeError, AttributeError):
        raise StageError(f"{name} is not a PEP 751 lock", hint="delete it and run mpk lock") from None
    return Lock(text, versions, str(document.get("tool", {}).get("mpk", {}).get("made-from", "")))


def with_origin(text: str, made_from: str) -> str:
    """The lock with mpk's table at its end."""
    body = text.replace('created-by = "uv"', 'created-by = "mpk"', 1).rstrip("\n")
    return f'{body}\n\n[tool.mpk]\nmade-from = "{made_from}"\n'


def preferences(versions: dict[str, str]) -> str:
    """The least lock that makes uv prefer these versions where it has a choice."""
    rows = [
        f'[[packages]]\nname = "{name}"\nversion = "{version}"\n'
        for name, version in sorted(versions.items())
        if version
    ]
    return 'lock-version = "1.0"\ncreated-by = "mpk"\n\n' + ("\n".join(rows) or "packages = []\n")


def difference(before: dict[str, str], after: dict[str, str]) -> list[dict[str, str | None]]:
    """What changed, by name: ``{"name", "before", "after"}`` with None for a package that is not there."""
    return [
        {"name": name, "before": before.get(name), "after": after.get(name)}
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
