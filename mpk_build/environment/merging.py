"""One lock of several: what each platform installs, with markers where they differ.

Each platform is resolved by itself, so that only wheels count which run there, its C library included; a universal
resolution takes any. Versions that one platform got are preferred on the next.

Format: PEP 751, with ``environments`` and, where an entry is not for all of them, ``packages.marker``.
"""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mpk_build.environment.platforms import Platform

# What may differ between the entries of one version on two platforms.
_FILES = ("wheels", "sdist")
_ORDER = ("name", "version", "marker", "index", "vcs", "archive", "sdist", "wheels")


def merged(resolved: Sequence[tuple[Platform, str]]) -> str:
    """One lock for all platforms, from the one of each."""
    documents = [(platform, tomllib.loads(text)) for platform, text in resolved]
    entries: dict[str, list[tuple[dict[str, Any], list[Platform]]]] = {}
    for platform, document in documents:
        for package in document.get("packages", []):
            known = entries.setdefault(package["name"], [])
            same = next((one for one in known if _identity(one[0]) == _identity(package)), None)
            if same is None:
                known.append((package, [platform]))
            else:
                _join(same[0], package)
                same[1].append(platform)
    head: dict[str, Any] = {
        "lock-version": "1.0",
        "environments": [platform.marker for platform, _ in documents],
        **{name: documents[0][1][name] for name in ("requires-python", "created-by") if name in documents[0][1]},
    }
    tables = []
    for name in sorted(entries):
        for package, platforms in entries[name]:
            markers = [f"({platform.marker})" for platform in platforms]
            marker = {"marker": " or ".join(markers)} if len(platforms) < len(documents) else {}
            tables.append(_table({**package, **marker}))
    lines = "".join(f"{name} = {_value(value)}\n" for name, value in head.items())
    return f"{lines}\n" + ("\n".join(f"[[packages]]\n{table}" for table in tables) or "packages = []\n")


def written(document: dict[str, Any]) -> str:
    """A lock as text."""
    head = "".join(f"{name} = {_value(value)}\n" for name, value in document.items() if name != "packages")
    tables = [_table({name: one for name, one in package.items() if one != []}) for package in document["packages"]]
    return f"{head}\n" + "\n".join(f"[[packages]]\n{table}" for table in tables)


def with_index(text: str, indexes: dict[str, str]) -> str:
    """A lock that names the index of some packages: ``indexes`` is from name to URL."""
    for name, url in indexes.items():
        lines = text.splitlines(keepends=True)
        at = lines.index(f'name = "{name}"\n')
        text = "".join([*lines[: at + 2], f"index = {json.dumps(url)}\n", *lines[at + 2 :]])
    return text


def _identity(package: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in package.items() if name not in _FILES}


def _join(package: dict[str, Any], other: dict[str, Any]) -> None:
    wheels = {_value(wheel): wheel for one in (package, other) for wheel in one.get("wheels", [])}
    if wheels:
        package["wheels"] = [wheels[text] for text in sorted(wheels, key=lambda text: text.rpartition("/")[2])]
    if "sdist" in other:
        package.setdefault("sdist", other["sdist"])


def _table(package: dict[str, Any]) -> str:
    names = sorted(package, key=lambda name: _ORDER.index(name) if name in _ORDER else len(_ORDER))
    return "".join(f"{name} = {_value(package[name], broken=name == 'wheels')}\n" for name in names)


def _value(value: Any, *, broken: bool = False) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list):
        if broken and len(value) > 1:
            return "[\n" + "".join(f"    {_value(one)},\n" for one in value) + "]"
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, (str, bool, int, float)):
        return json.dumps(value, ensure_ascii=False)
    return str(value.isoformat()).replace("+00:00", "Z")
