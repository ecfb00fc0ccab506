"""The lock beside the manifest: whether it is what the manifest and the source say, and what an upgrade moves."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from mpk_build.environment import lockfile
from mpk_build.environment.locking import ALL
from mpk_build.environment.names import normalised
from mpk_build.foundation.errors import StageError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.lockfile import Lock
    from mpk_build.foundation.errors import MpkError
    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.building import Build, Observer


@dataclass(frozen=True)
class Checked:
    """How the lock stands to what it should be.

    Attributes:
        changes: What would change: ``{"name", "before", "after"}``.
        error: Why it is not what it should be, or could not be told; None if it is.
    """

    changes: list[dict[str, str | None]]
    error: MpkError | None


def path_of(project: Project) -> Path:
    """Where the lock of a project is, or will be."""
    return project.root / f"pylock.{project.manifest.name}.toml"


def committed(project: Project) -> Lock | None:
    """The lock that there is.

    Raises:
        StageError: It can't be read as one.
    """
    path = path_of(project)
    return lockfile.parse(path.read_text(errors="replace"), path.name) if path.is_file() else None


def upgrades(project: Project, *, everything: bool, names: list[str]) -> frozenset[str]:
    """What is to be upgraded.

    Raises:
        UsageError: The lock has no package of such a name.
    """
    if everything:
        return frozenset({ALL})
    there = committed(project)
    wanted = {normalised(name): name for name in names}
    for name, written in wanted.items():
        if there is None or name not in there.versions:
            close = get_close_matches(name, there.versions if there else [], n=1)
            hint = f"did you mean '{close[0]}'?" if close else "mpk lock"
            raise UsageError(f"{path_of(project).name} has no package '{written}' to upgrade", hint=hint)
    return frozenset(wanted)


def check(build: Build, observer: Observer) -> Checked:
    """Make the lock anew, without publishing it, and compare.

    Args:
        build: A build until ``infer-env`` that publishes nothing.
        observer: Is told how it goes on.
    """
    result = build.run(observer)
    if result.error is not None:
        return Checked([], result.error)
    before, path = committed(build.project), path_of(build.project)
    with build.store.work_folder("check") as work:
        build.store.take(build.outputs["infer-env"]["lock"], work / "lock")
        after = lockfile.parse((work / "lock").read_text(), "the new lock")
    return Checked(moved(before, after), _verdict(before, after, path.name, upgrading=bool(build.options.upgrade)))


def moved(before: Lock | None, after: Lock) -> list[dict[str, str | None]]:
    """What changed from one lock to the next."""
    return lockfile.difference(before.versions if before else {}, after.versions)


def unmoved(before: Lock | None, after: Lock, upgraded: frozenset[str]) -> list[str]:
    """The names that were to be upgraded and have the version that they had."""
    had = before.versions if before else {}
    return sorted(name for name in upgraded & after.versions.keys() if had.get(name) == after.versions[name])


def _verdict(before: Lock | None, after: Lock, name: str, *, upgrading: bool) -> StageError | None:
    write = "mpk lock, and commit what it writes"
    if before is None:
        return StageError(f"{name} does not exist", hint=write)
    if lockfile.packages(before.text) == lockfile.packages(after.text):
        if upgrading or before.made_from == after.made_from:
            return None
        return StageError(f"{name} has the right versions, but was made from other requirements", hint=write)
    if upgrading:
        return StageError(f"{name} is not the newest that is allowed", hint="mpk lock --upgrade")
    return StageError(f"{name} is not what the manifest and the source environment say", hint=write)
