"""The distributions of a source environment: their versions, what each requires, and what belongs to whom."""

from __future__ import annotations

import re
from functools import cached_property
from importlib.metadata import Distribution, PathDistribution, distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import direct_references
from mpk_build.environment.direct_references import Reference
from mpk_build.environment.names import normalised
from mpk_build.environment.owners import Owners

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator, Mapping


_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


class _Lenient(PathDistribution):
    """One whose metadata may be in an encoding of before UTF-8 was what it has to be in."""

    def read_text(self, filename: str | os.PathLike[str]) -> str | None:
        folder: Any = self._path
        try:
            return str(folder.joinpath(filename).read_text(encoding="utf-8", errors="replace"))
        except (OSError, KeyError):
            return None


class Installed:
    """The distributions of a source environment.

    Args:
        site: Where it keeps them, in the order in which it is searched.
        markers: The PEP 508 environment of its interpreter; default: that of mpk's own.

    Attributes:
        references: Normalised name to where a distribution came from, of those that came from no index.
    """

    def __init__(self, site: Iterable[str], markers: Mapping[str, str] | None = None) -> None:
        self._markers = dict(markers or {})
        self._distributions: dict[str, Distribution] = {}
        self.references: dict[str, Reference] = {}
        for distribution, develop in _all([path for path in site if Path(path).is_dir()]):
            metadata = distribution.metadata
            name = normalised(metadata["Name"] or "")
            # What pip was renaming when it was killed has another name, or no version.
            if _NAME.fullmatch(name) and metadata["Version"] and name not in self._distributions:
                self._distributions[name] = distribution
                reference = develop or direct_references.of(distribution)
                if reference is not None:
                    self.references[name] = reference
        self._required: dict[tuple[str, str], tuple[tuple[str, frozenset[str]], ...]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._distributions

    @property
    def versions(self) -> dict[str, str]:
        """Normalised name to version."""
        return {name: one.version for name, one in self._distributions.items()}

    @cached_property
    def owners(self) -> Owners:
        """What belongs to whom."""
        editable = [(f"{one.path}/", name) for name, one in self.references.items() if one.editable]
        return Owners(self._distributions, sorted(editable))

    def by_module(self) -> dict[str, str]:
        """Top-level module to the requirement, such as ``scikit-learn==1.9.1``, that provides it here."""
        found: dict[str, str] = {}
        for name, distribution in sorted(self._distributions.items()):
            for top in sorted(self.owners.top_modules(name)):
                found.setdefault(top, f"{name}=={distribution.version}")
        return found

    def extras(self, name: str) -> tuple[str, ...]:
        """The extras that a distribution has, normalised."""
        given = self._distributions[name].metadata.get_all("Provides-Extra") or ()
        return tuple(sorted({normalised(one) for one in given}))

    def entry_point_owner(self, group: str, name: str, value: str) -> str | None:
        """The distribution that declares an entry point."""
        for owner, distribution in sorted(self._distributions.items()):
            for point in distribution.entry_points:
                if (point.name, point.value) == (name, value) and group in ("", point.group):
                    return owner
        return None

    def required(self, name: str, extra: str = "") -> tuple[tuple[str, frozenset[str]], ...]:
        """What a distribution requires here, with which extras: in any case, and because of ``extra``."""
        key = (name, extra)
        if key not in self._required:
            self._required[key] = tuple(self._read_requirements(name, extra))
        return self._required[key]

    def closure(self, name: str, extras: frozenset[str] = frozenset()) -> set[str]:
        """All that a distribution with these extras pulls in, itself included, as far as it is installed."""
        found: set[str] = set()
        waiting = [(name, extra) for extra in ("", *extras)]
        done = set()
        while waiting:
            current, extra = waiting.pop()
            if (current, extra) in done or current not in self._distributions:
                continue
            done.add((current, extra))
            found.add(current)
            for required, wanted in self.required(current, extra):
                waiting.extend((required, one) for one in ("", *wanted))
        return found

    def _read_requirements(self, name: str, extra: str) -> Iterable[tuple[str, frozenset[str]]]:
        from packaging.requirements import InvalidRequirement, Requirement

        for line in self._distributions[name].requires or []:
            try:
                requirement = Requirement(line)
            except InvalidRequirement:
                continue
            marker = requirement.marker
            if marker is None or marker.evaluate({**self._markers, "extra": extra}):
                yield normalised(requirement.name), frozenset(map(normalised, requirement.extras))


def _all(folders: list[str]) -> Iterator[tuple[Distribution, Reference | None]]:
    """What a link in these folders names, which setuptools' ``develop`` left, and what is in them."""
    for link in (link for folder in folders for link in sorted(Path(folder).glob("*.egg-link"))):
        found = direct_references.of_link(link)
        if found is not None:
            for one in _in([str(found[0])]):
                yield one, Reference(one.metadata["Name"], one.version, "project", found[1], editable=True)
    yield from ((one, None) for one in _in(folders))


def _in(folders: list[str]) -> Iterator[Distribution]:
    for one in distributions(path=folders):
        yield _Lenient(one._path) if isinstance(one, PathDistribution) else one  # noqa: SLF001 - all that it consists of
