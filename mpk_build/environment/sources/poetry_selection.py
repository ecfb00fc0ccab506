"""Which packages of a ``poetry.lock`` a project installs, for some groups and extras, on one interpreter."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mpk_build.environment.names import normalised
from mpk_build.environment.sources.declared import check_known, read_toml
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mpk_build.environment.sources.declared import Declaration

_MAIN = "main"


def as_specifier(versions: str) -> str | None:
    """Poetry's way to write Python versions as PEP 440 has it; None for a choice, which that can't say."""
    if "||" in versions or versions.strip() in ("", "*"):
        return None
    specifier = re.sub(r"\^(\d+)((?:\.\d+)*)", lambda found: f">={found[1]}{found[2]},<{int(found[1]) + 1}", versions)
    return re.sub(r"(?<![~=!<>])~(\d+\.\d+)((?:\.\d+)*)", r"==\1.*,>=\1\2", specifier)


def select(declaration: Declaration, data: dict[str, Any], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """The entries that are installed.

    Raises:
        StageError: It lacks a group or an extra, or what is asked for can't be known.
    """
    packages: list[dict[str, Any]] = data.get("package", [])
    check_known(declaration.path, "extra", declaration.extras, data.get("extras", {}))
    project = _project(declaration)
    if any("groups" in one for one in packages):
        groups = {normalised(group) for one in packages for group in one["groups"]} | set(_groups(project))
        check_known(declaration.path, "dependency group", declaration.groups, groups - {_MAIN})
        return _by_groups(declaration, data, environment)
    if not project:
        raise StageError(
            f"{declaration.path.name} needs the pyproject.toml that it was made from beside it: a lock of this version"
            " does not say what the project itself asks for",
            hint=f"put it into {declaration.path.parent}, or poetry lock with Poetry 2.1 or newer",
        )
    check_known(declaration.path, "dependency group", declaration.groups, _groups(project))
    return _by_following(declaration, data, project, environment)


def _by_groups(declaration: Declaration, data: dict[str, Any], environment: Mapping[str, str]) -> list[dict[str, Any]]:
    wanted = {_MAIN, *map(normalised, declaration.groups)}
    of_extras = _of_extras(declaration, data)
    reached = {one for name in of_extras for one in _closure(name, data, environment)}
    found = []
    for package in data["package"]:
        groups = wanted & {normalised(one) for one in package["groups"]}
        marker = package.get("markers", "")
        rules = [marker.get(group, "") for group in groups] if isinstance(marker, dict) else [marker] * len(groups)
        # Whatever an extra needs is optional, too.
        allowed = not package.get("optional") or normalised(package["name"]) in reached
        if allowed and any(_holds(rule, environment, declaration.extras) for rule in rules):
            found.append(package)
    return found


def _by_following(
    declaration: Declaration, data: dict[str, Any], project: dict[str, Any], environment: Mapping[str, str]
) -> list[dict[str, Any]]:
    roots = {name for name, spec in _asked(project, declaration.groups) if _applies(spec, environment)}
    roots |= _of_extras(declaration, data)
    names = {one for name in roots for one in _closure(name, data, environment)}
    return [one for one in data["package"] if normalised(one["name"]) in names and _fits(one, environment)]


def _of_extras(declaration: Declaration, data: dict[str, Any]) -> set[str]:
    wanted = {normalised(one) for one in declaration.extras}
    listed = [one for extra, names in data.get("extras", {}).items() if normalised(extra) in wanted for one in names]
    return {normalised(re.split(r"[\s(\[;]", one, maxsplit=1)[0]) for one in listed}


def _closure(name: str, data: dict[str, Any], environment: Mapping[str, str]) -> set[str]:
    entries: dict[str, list[dict[str, Any]]] = {}
    for one in data["package"]:
        entries.setdefault(normalised(one["name"]), []).append(one)
    found: set[str] = set()
    waiting = [(normalised(name), frozenset[str]())]
    seen = set()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        found.add(current[0])
        for entry in entries.get(current[0], []):
            waiting.extend(_needed(entry, current[1], environment))
    return found


def _needed(
    entry: dict[str, Any], extras: frozenset[str], environment: Mapping[str, str]
) -> Iterator[tuple[str, frozenset[str]]]:
    of_extras = {
        normalised(re.split(r"[\s(\[;]", one, maxsplit=1)[0])
        for extra, names in entry.get("extras", {}).items()
        if normalised(extra) in extras
        for one in names
    }
    for name, spec in entry.get("dependencies", {}).items():
        for one in spec if isinstance(spec, list) else [spec]:
            optional = isinstance(one, dict) and one.get("optional")
            if (not optional or normalised(name) in of_extras) and _applies(one, environment, extras):
                wanted = one.get("extras", []) if isinstance(one, dict) else []
                yield normalised(name), frozenset(map(normalised, wanted))


def _applies(spec: Any, environment: Mapping[str, str], extras: frozenset[str] = frozenset()) -> bool:
    if isinstance(spec, list):
        return any(_applies(one, environment, extras) for one in spec)
    if not isinstance(spec, dict):
        return True
    pythons = as_specifier(str(spec.get("python", "*")))
    return _holds(str(spec.get("markers", "")), environment, tuple(extras)) and _in(pythons, environment)


def _fits(package: dict[str, Any], environment: Mapping[str, str]) -> bool:
    return _in(as_specifier(str(package.get("python-versions", "*"))), environment)


def _in(specifier: str | None, environment: Mapping[str, str]) -> bool:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return specifier is None or SpecifierSet(specifier).contains(
            environment["python_full_version"], prereleases=True
        )
    except InvalidSpecifier:
        return True


def _holds(marker: str, environment: Mapping[str, str], extras: tuple[str, ...]) -> bool:
    from packaging.markers import Marker

    if not marker:
        return True
    return any(Marker(marker).evaluate({**environment, "extra": normalised(one)}) for one in (*extras, ""))


def _project(declaration: Declaration) -> dict[str, Any]:
    file = declaration.path.parent / "pyproject.toml"
    return read_toml(file)[0] if file.is_file() else {}


def _groups(project: dict[str, Any]) -> list[str]:
    poetry = project.get("tool", {}).get("poetry", {})
    old = ["dev"] if "dev-dependencies" in poetry else []
    return [*map(normalised, [*poetry.get("group", {}), *project.get("dependency-groups", {})]), *old]


def _asked(project: dict[str, Any], groups: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """What a project asks for: name and specification, as Poetry or as PEP 621 has it."""
    from packaging.requirements import Requirement

    poetry = project.get("tool", {}).get("poetry", {})
    wanted = {normalised(one) for one in groups}
    tables = [poetry.get("dependencies", {}), *([poetry.get("dev-dependencies", {})] if "dev" in wanted else [])]
    tables += [
        one.get("dependencies", {}) for name, one in poetry.get("group", {}).items() if normalised(name) in wanted
    ]
    for table in tables:
        for name, spec in table.items():
            optional = isinstance(spec, dict) and spec.get("optional")
            if normalised(name) != "python" and not optional:
                yield normalised(name), spec
    lists = [project.get("project", {}).get("dependencies", [])]
    lists += [ones for name, ones in project.get("dependency-groups", {}).items() if normalised(name) in wanted]
    for listed in lists:
        for one in listed:
            if isinstance(one, str):
                parsed = Requirement(one)
                yield normalised(parsed.name), {"markers": str(parsed.marker or "")}
