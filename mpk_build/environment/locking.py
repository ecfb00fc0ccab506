"""From what a model needs, and what its manifest says of that, to its lock."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import elsewhere, inference, lockfile, resolving
from mpk_build.environment.direct_references import without_credentials
from mpk_build.environment.refusals import Origin
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mpk_build.environment.elsewhere import Elsewhere
    from mpk_build.environment.installed import Installed
    from mpk_build.environment.lockfile import Lock
    from mpk_build.environment.needs import Need

ALL = "*"  # what is to be upgraded: everything


@dataclass(frozen=True)
class Wishes:
    """The manifest's ``requirements``.

    Attributes:
        pip: Instead of what was found, or None.
        extra: Besides what was found.
        override: Wins over what anything asks for.
        constraints: The path of a constraints file, or None.
        platforms: What the lock is for, by the names of OCI; empty for this machine's.
        exclude_newer: A moment; what was uploaded later does not exist.
        places: Path of a manifest's value, such as ``requirements.extra[0]``, to the file and line where it stands.
    """

    pip: list[str] | None
    extra: list[str]
    override: list[str]
    constraints: str | None
    platforms: list[str] = field(default_factory=list)
    exclude_newer: str | None = None
    places: dict[str, str] | None = None

    def requirements(self, needs: list[Need], installed: Installed) -> list[str]:
        """What the model asks for."""
        found = [_requirement(need, installed) for need in needs if need.requirement is not None]
        return inference.merged(found if self.pip is None else self.pip, self.extra)

    @property
    def constraint_lines(self) -> list[str]:
        """The lines of the constraints file.

        Raises:
            StageError: One has a password in it, which would come into the package.
        """
        lines = Path(self.constraints).read_text(errors="replace").splitlines() if self.constraints else []
        for number, line in enumerate(lines, 1):
            if without_credentials(line) != line:
                raise StageError(
                    f"{Path(str(self.constraints)).name}:{number} has a password in its URL, which is packaged with it",
                    hint="take it out; uv and pip find it in ~/.netrc or a keyring",
                )
        return lines

    def origins(self, requirements: Iterable[str], needs: Iterable[Need]) -> tuple[Origin, ...]:
        """Where everything that is asked for stands, or how it was found."""
        places = self.places or {}
        written = []
        for name, listed in (("pip", self.pip or []), ("extra", self.extra), ("override", self.override)):
            for at, one in enumerate(listed):
                path = f"requirements.{name}[{at}]"
                written.append(Origin(one, f"{places[path]}: {path}" if path in places else path))
        known = {one.requirement for one in written}
        why = {need.name: _why(need) for need in needs}
        found = [Origin(one, "inferred", by_person=False) for one in requirements if one not in known]
        found = [Origin(one.requirement, one.place, why.get(one.parsed[0], ""), by_person=False) for one in found]
        file = Path(self.constraints).name if self.constraints else ""
        bounds = [Origin(line.strip(), f"{file}:{at}") for at, line in enumerate(self.constraint_lines, 1)]
        return (*written, *found, *bounds)


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


@dataclass(frozen=True)
class Committed:
    """The lock that there is, and what of it is to be forgotten.

    Attributes:
        lock: The committed lock, or None.
        upgrade: Names whose version is to be the newest that is allowed; `ALL` for every one that is free.
    """

    lock: Lock | None
    upgrade: frozenset[str] = frozenset()

    @property
    def remembered(self) -> Lock | None:
        """The lock without the versions that are to be forgotten."""
        if self.lock is None or ALL in self.upgrade:
            return None
        kept = {name: version for name, version in self.lock.versions.items() if name not in self.upgrade}
        return replace(self.lock, versions=kept)


def request(
    requirements: list[str], wishes: Wishes, installed: Installed, local: Elsewhere, python: str
) -> resolving.Request:
    """What a lock is to be made from, at the versions of the source environment where there is a choice."""
    closure = elsewhere.closure(requirements, installed)
    return resolving.Request(
        requirements=tuple(requirements),
        overrides=tuple(wishes.override),
        constraints=tuple(wishes.constraint_lines),
        preferred={name: version for name, version in installed.versions.items() if name in closure},
        python=python,
        direct=local.direct,
        wheels=local.wheels,
        platforms=tuple(wishes.platforms),
        exclude_newer=wishes.exclude_newer,
    )


def lock_requirements(request: resolving.Request, origins: tuple[Origin, ...], committed: Committed) -> Locked:
    """The lock for a request.

    A committed lock that was made from the same is kept as it is, whatever has been released since. What was upgraded
    stays where it is until it is upgraded again.

    Raises:
        StageError: There is no solution.
        MachineError: No index could be reached.
    """
    there, preferred = committed.lock, request.preferred
    free = preferred.keys() - _pinned(request.requirements)
    newest = {name for name in free if name in committed.upgrade or ALL in committed.upgrade}
    stays = {name for name in (there.upgraded if there else ()) if name in free}
    at = {name: there.versions.get(name, "") for name in stays - newest} if there else {}
    request = replace(
        request,
        preferred={name: "" if name in newest else at.get(name, one) for name, one in preferred.items()},
        upgraded=frozenset(newest | stays),
        origins=origins,
    )
    kept = there is not None and not committed.upgrade and there.made_from == request.digest
    lock = there if there is not None and kept else resolving.resolve(request)
    changes = lockfile.difference(preferred, lock.versions)
    return Locked(lock, kept, [one for one in changes if one["before"] and one["after"]])


def _requirement(need: Need, installed: Installed) -> str:
    reference = installed.references.get(need.name)
    if reference is None or reference.is_local or need.asked is not None:
        return str(need.requirement)
    extras = f"[{','.join(need.extras)}]" if need.extras else ""
    return f"{need.name}{extras} @ {reference.url}"


def _why(need: Need) -> str:
    strongest = need.evidence[0] if need.evidence else None
    if strongest is None:
        return ""
    if strongest.how == "imported":
        return f"imported while {strongest.phase}"
    where = f" of {strongest.file}:{strongest.line}" if strongest.file else ""
    return {"source": f"in the source{where}", "metadata": "asked for by name"}.get(strongest.how, strongest.how)


def _pinned(requirements: Iterable[str]) -> set[str]:
    from packaging.requirements import Requirement

    parsed = [Requirement(one) for one in requirements]
    return {inference.normalised(one.name) for one in parsed if str(one.specifier).startswith("==")}
