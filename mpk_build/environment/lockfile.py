"""The lock: a PEP 751 ``pylock.toml`` with hashes, written by uv, and what mpk adds to it.

``[tool.mpk]`` holds the digest of all that the lock was resolved from, so that whether it is stale is known without
resolving; and which backend built each wheel that no index has, so that it can be built again to the same bytes.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mpk_build.environment import platforms
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Beside the lock, in a package: the wheels that no index has.
WHEELS = "wheels"
ASKED = ("overrides", "platforms", "exclude-newer")


@dataclass(frozen=True)
class Lock:
    """A lock as text and as what it pins.

    Attributes:
        text: The whole document.
        versions: Normalised name to version on this machine's platform, ``""`` for a package that has none (a direct
            URL).
        made_from: The digest of what it was resolved from, or ``""``.
        direct: ``NAME @ URL`` of what is in a repository or at an address of its own.
        wheels: File name to sha256 (hex) of each wheel in the folder ``wheels`` beside it.
        linked: Likewise, of files that were found in a folder (``UV_FIND_LINKS``); they may lie there, or in such a
            folder of the machine that installs them. One list for each package.
        upgraded: Names whose version is newer than the source environment's because it was asked for.
        built_with: File name of such a wheel to the backend that built it, such as ``setuptools==80.9.0``.
        asked: What else it was resolved with, where anything was: ``overrides``, ``platforms``, ``exclude-newer``.
    """

    text: str
    versions: dict[str, str]
    made_from: str
    direct: tuple[str, ...] = ()
    wheels: dict[str, str] = field(default_factory=dict)
    linked: tuple[dict[str, str], ...] = ()
    built_with: dict[str, str] = field(default_factory=dict)
    upgraded: frozenset[str] = frozenset()
    asked: dict[str, Any] = field(default_factory=dict)


def parse(text: str, name: str) -> Lock:
    """Read a lock.

    Raises:
        StageError: It is no PEP 751 lock; says where.
    """
    from packaging.utils import parse_wheel_filename

    try:
        document = tomllib.loads(text)
        packages = document.get("packages", [])
        versions = {package["name"]: str(package.get("version", "")) for package in packages if _is_for_us(package)}
        direct = tuple(f"{package['name']} @ {url}" for package in packages if (url := _url(package)))
        wheels = dict(found for package in packages if (found := _beside(package.get("archive") or {})))
        for wheel in wheels:
            parse_wheel_filename(wheel)
        linked = tuple(files for package in packages if (files := _linked(package)))
        ours = document.get("tool", {}).get("mpk", {})
        built_with = {str(name): str(backend) for name, backend in ours.get("built-with", {}).items()}
        upgraded = frozenset(map(str, ours.get("upgraded", [])))
        asked = _asked(ours)
    except tomllib.TOMLDecodeError as error:
        raise StageError(
            f"{name} is not TOML: {error}", hint="git checkout it, or delete it and run mpk lock"
        ) from None
    except (KeyError, TypeError, AttributeError, ValueError):
        raise StageError(f"{name} is not a PEP 751 lock", hint="delete it and run mpk lock") from None
    return Lock(text, versions, str(ours.get("made-from", "")), direct, wheels, linked, built_with, upgraded, asked)


def _asked(ours: dict[str, Any]) -> dict[str, Any]:
    found = {name: ours[name] for name in ASKED if name in ours}
    texts = [*found.get("overrides", []), *found.get("platforms", []), found.get("exclude-newer", "")]
    if not all(isinstance(one, str) for one in texts) or not set(found.get("platforms", [])) <= set(platforms.NAMES):
        raise ValueError(found)
    return found


def packages(text: str) -> list[dict[str, Any]]:
    """The entries of a lock, as TOML has them."""
    found: list[dict[str, Any]] = tomllib.loads(text).get("packages", [])
    return found


def _is_for_us(package: dict[str, Any]) -> bool:
    if "marker" not in package:
        return True
    from packaging.markers import Marker

    return Marker(package["marker"]).evaluate({**platforms.own().variables, "extra": ""})


def _url(package: dict[str, Any]) -> str | None:
    vcs, archive = package.get("vcs"), package.get("archive") or {}
    found = vcs or archive
    fragment = f"#subdirectory={found['subdirectory']}" if found.get("subdirectory") else ""
    if vcs:
        return f"{vcs['type']}+{vcs['url']}@{vcs['commit-id']}{fragment}"
    return f"{archive['url']}{fragment}" if "url" in archive else None


def _beside(file: dict[str, Any]) -> tuple[str, str] | None:
    folder, _, name = str(file.get("path", "")).partition("/")
    return (name, str(file["hashes"]["sha256"])) if folder == WHEELS and name and "/" not in name else None


def _linked(package: dict[str, Any]) -> dict[str, str]:
    files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
    return dict(found for file in files if (found := _beside(file)))


def with_origin(
    text: str, made_from: str, built_with: Mapping[str, str], upgraded: Sequence[str], asked: Mapping[str, Any]
) -> str:
    """The lock with mpk's table at its end."""
    body = text.replace('created-by = "uv"', 'created-by = "mpk"', 1).rstrip("\n")
    table = f'{body}\n\n[tool.mpk]\nmade-from = "{made_from}"\n'
    table += f"upgraded = {json.dumps(list(upgraded))}\n" if upgraded else ""
    table += "".join(f"{name} = {json.dumps(value)}\n" for name, value in asked.items() if value)
    rows = "".join(f'"{name}" = "{backend}"\n' for name, backend in sorted(built_with.items()))
    return f"{table}\n[tool.mpk.built-with]\n{rows}" if rows else table


def sync_options(text: str) -> list[str]:
    """The options with which uv checks what it installs, and takes a folder as it is now, not as it was built before.

    A repository's commit is its own hash, which uv does not count as one.

    Raises:
        StageError: Something else has no hash.
    """
    packages = tomllib.loads(text).get("packages", [])
    elsewhere = [package for package in packages if "vcs" in package or "directory" in package]
    if not elsewhere:
        return ["--require-hashes"]
    for package in packages:
        files = [*package.get("wheels", []), *(package[one] for one in ("sdist", "archive") if one in package)]
        if package not in elsewhere and not all(file.get("hashes") for file in files):
            raise StageError(f"the lock has no hash for {package['name']}", hint="mpk lock")
    folders = [package["name"] for package in elsewhere if "directory" in package]
    return ["--verify-hashes", *(option for name in folders for option in ("--refresh-package", name))]


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
