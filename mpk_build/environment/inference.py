"""From evidence to requirements: what has to be named, what another pulls in, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.environment import extras
from mpk_build.environment.names import normalised
from mpk_build.environment.needs import Evidence, Found, LeftOut, Need

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from mpk_build.environment.evidence import Gathered
    from mpk_build.environment.extras import Extra
    from mpk_build.environment.installed import Installed

__all__ = ["Choice", "infer", "merged", "normalised", "not_pulled_in"]


@dataclass(frozen=True)
class Choice:
    """What the manifest says of inference.

    Attributes:
        static: Whether what only the source mentions counts.
        exclude: Normalised names that never count.
    """

    static: bool = True
    exclude: frozenset[str] = frozenset()


def infer(gathered: Gathered, installed: Installed, choice: Choice) -> tuple[list[Need], list[LeftOut]]:
    """What the model needs, and what was found besides; both by name."""
    found = gathered.found
    left_out = {name: one for name, one in gathered.left_out.items() if name not in found}
    used = set()
    for name in found.names():
        refused = _refused(name, found, choice)
        if refused is None:
            used.add(name)
        else:
            left_out[name] = LeftOut(name, refused, found.of(name))
    named = not_pulled_in(used, gathered.direct, installed)
    asked = extras.choose(named, used, gathered.importers, gathered.direct, installed)
    _tell_extras(used & named, asked, gathered, installed)
    needs = _needs(used, named, asked, gathered, installed)
    return needs, [left_out[name] for name in sorted(left_out)]


def merged(inferred: Iterable[str], extra: Iterable[str]) -> list[str]:
    """The requirements of both, where what is added replaces what was inferred for the same name."""
    from packaging.requirements import Requirement

    replaced = {normalised(Requirement(one).name) for one in extra}
    return [*(one for one in inferred if normalised(Requirement(one).name) not in replaced), *extra]


def _refused(name: str, found: Found, choice: Choice) -> str | None:
    if name in choice.exclude:
        return "requirements.exclude"
    if not choice.static and all(one.how == "source" for one in found.of(name)):
        return "only in source, and requirements.static is false"
    return None


def not_pulled_in(used: AbstractSet[str], direct: AbstractSet[str], installed: Installed) -> set[str]:
    """Those that no other one requires; of several that require each other one, rather one that the project imports."""
    closures = {name: installed.closure(name) for name in used}
    named = set(used)
    for name in sorted(used, key=lambda one: (one in direct, one)):
        if any(name in closures[other] for other in named - {name}):
            named.discard(name)
    return named


def _tell_extras(named: AbstractSet[str], asked: list[Extra], gathered: Gathered, installed: Installed) -> None:
    for extra in asked:
        for name in sorted(extra.adds & named):
            gathered.found.add(name, Evidence("extra", detail=extra.written))
    covered = {name for extra in asked for name in extra.adds}
    owners = {owner for name in named - covered for owner in gathered.importers.get(name, ())}
    told = set()
    for extra in sorted(extras.of(owners, installed), key=lambda one: (len(one.adds), one.written)):
        for name in sorted(extras.members(extra, installed) & (named - covered - gathered.direct)):
            if extra.owner in gathered.importers.get(name, ()) and name not in told:
                told.add(name)
                gathered.found.add(name, Evidence("extra", detail=extra.written))


def _needs(
    used: AbstractSet[str], named: AbstractSet[str], asked: list[Extra], gathered: Gathered, installed: Installed
) -> list[Need]:
    by_extra = {name: extra.owner for extra in reversed(asked) for name in extra.adds}
    final = named - set(by_extra)
    wanted = {one: tuple(sorted(extra.name for extra in asked if extra.owner == one)) for one in final}
    closures = {name: installed.closure(name, frozenset(wanted[name])) for name in final}
    versions = installed.versions
    needs = []
    for name in sorted(used):
        by = None
        if name not in final:
            # Rather one that was seen to import it.
            importers = gathered.importers.get(name, set())
            pulling = [other for other in final if name in closures[other]]
            by = by_extra.get(name) or min(sorted(pulling), key=lambda one: one not in importers)
        needs.append(Need(name, versions[name], by, wanted.get(name, ()), gathered.found.of(name)))
    return needs
