"""Which extras a model uses: ``pkg[extra]`` where all that the extra adds is in use, and never for less."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

    from mpk_build.environment.installed import Installed


@dataclass(frozen=True)
class Extra:
    """An extra of a distribution that is in use.

    Attributes:
        owner: The distribution.
        name: The extra.
        adds: What it pulls in and the distribution alone does not.
    """

    owner: str
    name: str
    adds: frozenset[str]

    @property
    def written(self) -> str:
        """Such as ``pandas[parquet]``."""
        return f"{self.owner}[{self.name}]"


def choose(
    named: AbstractSet[str],
    used: AbstractSet[str],
    importers: dict[str, set[str]],
    direct: AbstractSet[str],
    installed: Installed,
) -> list[Extra]:
    """The extras to ask for, so that fewer distributions have to be named.

    Args:
        named: The distributions that have to be named so far.
        used: All that are in use.
        importers: Distribution to those that imported it.
        direct: What the project's own code imports itself; that is named, whoever else may use it.
        installed: The source environment.
    """
    chosen: list[Extra] = []
    open_names = set(named) - direct
    while True:
        candidates = [
            (len(covers), -len(extra.adds), extra)
            for extra in of(named, installed)
            if _is_complete(extra, used, installed)
            and (covers := {name for name in extra.adds & open_names if extra.owner in importers.get(name, ())})
        ]
        if not candidates:
            return chosen
        # Of equals the first by name, for the answer to be the same every time.
        best = min(candidates, key=lambda one: (-one[0], -one[1], one[2].owner, one[2].name))[2]
        chosen.append(best)
        open_names -= best.adds


def of(names: AbstractSet[str], installed: Installed) -> Iterator[Extra]:
    """All extras of these distributions that add something that is installed."""
    for owner in sorted(names):
        alone = installed.closure(owner)
        for name in installed.extras(owner):
            adds = installed.closure(owner, frozenset((name,))) - alone
            if adds:
                yield Extra(owner, name, frozenset(adds))


def members(extra: Extra, installed: Installed) -> set[str]:
    """What an extra names itself."""
    alone = {name for name, _ in installed.required(extra.owner)}
    return {name for name, _ in installed.required(extra.owner, extra.name)} - alone - {extra.owner}


def _is_complete(extra: Extra, used: AbstractSet[str], installed: Installed) -> bool:
    named = members(extra, installed)
    return named <= used and extra.adds <= _pulled(extra.adds & used, installed)


def _pulled(names: AbstractSet[str], installed: Installed) -> set[str]:
    return {other for name in names for other in installed.closure(name)}
