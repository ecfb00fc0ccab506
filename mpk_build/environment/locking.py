"""From what a model needs, and what its manifest says of that, to its lock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import inference, lockfile, resolving

if TYPE_CHECKING:
    from mpk_build.environment.installed import Installed
    from mpk_build.environment.lockfile import Lock
    from mpk_build.environment.needs import Need


@dataclass(frozen=True)
class Wishes:
    """The manifest's ``requirements``.

    Attributes:
        pip: Instead of what was found, or None.
        extra: Besides what was found.
        override: Wins over what anything asks for.
        constraints: The path of a constraints file, or None.
    """

    pip: list[str] | None
    extra: list[str]
    override: list[str]
    constraints: str | None

    def requirements(self, needs: list[Need]) -> list[str]:
        """What the model asks for."""
        found = [need.requirement for need in needs if need.requirement is not None]
        return inference.merged(found if self.pip is None else self.pip, self.extra)


@dataclass(frozen=True)
class Locked:
    """A lock, and how it came about.

    Attributes:
        lock: The lock.
        kept: Whether it is the committed one, unchanged.
        moved: Packages that have another version than in the source environment: ``{"name", "before", "after"}``.
    """

    lock: Lock
    kept: bool
    moved: list[dict[str, str | None]]


def lock_requirements(
    requirements: list[str], wishes: Wishes, installed: Installed, python: str, committed: Lock | None
) -> Locked:
    """The lock for some requirements, at the versions of the source environment where there is a choice.

    A committed lock that was made from the same is kept as it is, whatever has been released since.

    Raises:
        StageError: There is no solution.
        MachineError: No index could be reached.
    """
    from packaging.requirements import Requirement

    names = {inference.normalised(Requirement(one).name) for one in requirements}
    closure = {name for top in names for name in installed.closure(top)}
    constraints = Path(wishes.constraints).read_text(errors="replace").splitlines() if wishes.constraints else []
    request = resolving.Request(
        requirements=tuple(requirements),
        overrides=tuple(wishes.override),
        constraints=tuple(constraints),
        preferred={name: version for name, version in installed.versions.items() if name in closure},
        python=python,
    )
    kept = committed is not None and committed.made_from == request.digest
    lock = committed if committed is not None and kept else resolving.resolve(request)
    changes = lockfile.difference(request.preferred, lock.versions)
    return Locked(lock, kept, [one for one in changes if one["before"] and one["after"]])
