"""From the modules that a model loaded to the requirements that it has.

A module belongs to the distribution whose RECORD has its file, so that of a namespace package only the parts in use
count. What another requirement pulls in anyway is left to it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

# Tools of an environment, which a model that happens to import them does not need to name.
_TOOLS = {"pip", "setuptools", "wheel", "uv"}


@dataclass(frozen=True)
class Need:
    """A distribution that the model needs.

    Attributes:
        name: Its normalised name.
        version: That of the source environment.
        phase: ``loading`` or ``predicting``: when it was imported first.
        module: One module of it that was imported.
        required_by: The requirement that pulls it in, or None for one that must be named.
    """

    name: str
    version: str
    phase: str
    module: str
    required_by: str | None


@dataclass(frozen=True)
class Module:
    """A module that was imported: its name, its file, and when."""

    name: str
    file: str
    phase: str


class Installed:
    """The distributions of a source environment, by name and by file."""

    def __init__(self, site: Iterable[str]) -> None:
        self._distributions: dict[str, Distribution] = {}
        for distribution in distributions(path=[path for path in site if Path(path).is_dir()]):
            name = distribution.metadata["Name"]
            if name:
                self._distributions.setdefault(normalised(name), distribution)
        self._owners: dict[str, str] | None = None

    @property
    def versions(self) -> dict[str, str]:
        """Normalised name to version."""
        return {name: one.version for name, one in self._distributions.items()}

    def owner(self, module: Module) -> str | None:
        """The distribution that a module's file belongs to, or None."""
        if self._owners is None:
            self._owners = {file: name for name, one in self._distributions.items() for file in _files(one)}
        return self._owners.get(_real(module.file)) or self._owners.get(f"{module.name.split('.')[0]}.")

    def by_module(self) -> dict[str, str]:
        """Top-level module to the requirement, such as ``scikit-learn==1.9.1``, that provides it here."""
        found: dict[str, str] = {}
        for name, distribution in sorted(self._distributions.items()):
            for top in sorted({_top(file) for file in distribution.files or []} - {None}, key=str):
                found.setdefault(str(top), f"{name}=={distribution.version}")
        return found

    def closure(self, name: str, extras: frozenset[str] = frozenset()) -> set[str]:
        """All that a distribution pulls in, itself included, as far as it is installed."""
        found: set[str] = set()
        waiting = [(name, extras)]
        done = set()
        while waiting:
            current, wanted = waiting.pop()
            if (current, wanted) in done or current not in self._distributions:
                continue
            done.add((current, wanted))
            found.add(current)
            waiting.extend(_required(self._distributions[current], wanted))
        return found


def infer(modules: Iterable[Module], installed: Installed) -> tuple[list[Need], list[Module]]:
    """What the model needs, and the modules that belong to no distribution (the project's own code)."""
    first: dict[str, Module] = {}
    own = []
    for module in modules:
        owner = installed.owner(module)
        if owner is None:
            own.append(module)
        elif owner not in _TOOLS and (owner not in first or module.name < first[owner].name):
            first[owner] = module
    named = set(first)
    pulled: dict[str, str] = {}
    closures = {name: installed.closure(name) for name in first}
    for name in sorted(first):
        by = next((other for other in sorted(named - {name}) if name in closures[other]), None)
        if by is not None:
            named.discard(name)
            pulled[name] = by
    versions = installed.versions
    needs = [
        Need(name, versions[name], module.phase, module.name, pulled.get(name))
        for name, module in sorted(first.items())
    ]
    return needs, own


def merged(inferred: Iterable[str], extra: Iterable[str]) -> list[str]:
    """The requirements of both, where what is added replaces what was inferred for the same name."""
    from packaging.requirements import Requirement

    replaced = {normalised(Requirement(one).name) for one in extra}
    return [*(one for one in inferred if normalised(Requirement(one).name) not in replaced), *extra]


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))


def _files(distribution: Distribution) -> list[str]:
    files = distribution.files
    if files:
        return [
            _real(str(distribution.locate_file(file)))
            for file in files
            if file.suffix in (".py", ".so", ".pyc", ".pyd")
        ]
    # A package of the system (an .egg-info without a list of files): by its top-level names.
    top_level = distribution.read_text("top_level.txt") or distribution.metadata["Name"]
    return [f"{name}." for name in top_level.split()]


def _top(file: PackagePath) -> str | None:
    first = file.parts[0]
    if len(file.parts) == 1:
        return first.split(".")[0] if file.suffix in (".py", ".so") else None
    return first if first.isidentifier() and file.suffix in (".py", ".so") else None


def _real(path: str) -> str:
    folder, name = os.path.split(os.path.normpath(path))
    return str(Path(folder).resolve() / name)


def _required(distribution: Distribution, extras: frozenset[str]) -> list[tuple[str, frozenset[str]]]:
    from packaging.requirements import InvalidRequirement, Requirement

    required = []
    for line in distribution.requires or []:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
            required.append((normalised(requirement.name), frozenset(requirement.extras)))
    return required
