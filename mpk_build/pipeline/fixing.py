"""Applies the fixes of diagnoses one after the other, until the package passes; nothing is written meanwhile."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mpk_build.environment import lockfile
from mpk_build.environment.names import of_requirement
from mpk_build.foundation.errors import MpkError, StageError
from mpk_build.pipeline import trials
from mpk_build.pipeline.building import Build
from mpk_build.pipeline.options import Options
from mpk_build.pipeline.overriding import Overrides, resolved, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.foundation.errors import Edit
    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.building import Observer
    from mpk_build.store.store import Store

MOST_STEPS = 5


@dataclass(frozen=True)
class Step:
    """One failure, and what was tried against it.

    Attributes:
        error: What failed.
        edits: What was tried, or nothing where no fix is mechanical.
        changes: What that changed in the lock: ``{"name", "before", "after"}``.
    """

    error: MpkError
    edits: tuple[Edit, ...]
    changes: list[dict[str, str | None]]


@dataclass(frozen=True)
class Fixed:
    """How far it came.

    Attributes:
        steps: What was tried, in order.
        error: What is still wrong, or None.
        edits: What made the package pass.
        written: The edits that changed the manifest.
    """

    steps: tuple[Step, ...]
    error: MpkError | None
    edits: tuple[Edit, ...]
    written: tuple[Edit, ...] = ()


class Fixing:
    """The search for edits of one project's manifest with which its package passes.

    Args:
        project: The project.
        store: Where results are kept.
        observer: Is told of the stages that run.
        tried: Is told each step.
    """

    def __init__(self, project: Project, store: Store, observer: Observer, tried: Callable[[Step], None]) -> None:
        self._project = project
        self._store = store
        self._observer = observer
        self._tried = tried
        self._steps: list[Step] = []
        self._edits: tuple[Edit, ...] = ()
        self._seen: set[Edit] = set()

    def run(self) -> Fixed:
        """Try until the package passes, and only then write the manifest.

        Raises:
            ManifestError: The manifest can't be edited.
            MachineError: This machine lacks something.
        """
        build, error = self._packaged()
        while error is not None and self._next(error, []):
            build, error = self._packaged()
        if error is None:
            error = self._passes(build)
        if error is not None:
            return Fixed(tuple(self._steps), error, self._edits)
        written = write(self._project.file, self._edits) if self._edits else ()
        return Fixed(tuple(self._steps), None, self._edits, written)

    def _packaged(self) -> tuple[Build, MpkError | None]:
        build = Build(_with(self._project, self._edits), self._store, Options(until="package", publish=False))
        return build, build.run(self._observer).error

    def _passes(self, build: Build) -> MpkError | None:
        packaged_with = set(self._edits)
        with trials.opened(build) as opened:
            lock = opened.before
            error = opened.run(lock, opened.example, "as-it-is").error
            while error is not None:
                before = lock.versions
                if not self._may(error):
                    return error
                edits = _merged(self._edits, error.fix)
                asked = tuple(edit.requirement for edit in edits if edit not in packaged_with)
                try:
                    lock = resolved(opened, Overrides(asked))
                except StageError as refused:
                    self._next(error, [])
                    error = refused
                    continue
                self._next(error, lockfile.difference(before, lock.versions))
                error = opened.run(lock, opened.example, f"step-{len(self._steps)}").error
        return None

    def _may(self, error: MpkError) -> bool:
        return bool(set(error.fix) - self._seen) and len(self._steps) < MOST_STEPS

    def _next(self, error: MpkError, changes: list[dict[str, str | None]]) -> bool:
        if not self._may(error):
            return False
        self._edits = _merged(self._edits, error.fix)
        self._seen.update(error.fix)
        self._steps.append(Step(error, error.fix, changes))
        self._tried(self._steps[-1])
        return True


def _merged(edits: tuple[Edit, ...], more: tuple[Edit, ...]) -> tuple[Edit, ...]:
    # What is asked for later about the same name takes the place of what was asked before.
    newer = {of_requirement(edit.requirement) for edit in more}
    return (*(edit for edit in edits if of_requirement(edit.requirement) not in newer), *more)


def _with(project: Project, edits: tuple[Edit, ...]) -> Project:
    requirements = project.manifest.requirements
    for edit in edits:
        listed = [
            one for one in getattr(requirements, edit.field) if of_requirement(one) != of_requirement(edit.requirement)
        ]
        requirements = requirements.model_copy(update={edit.field: [*listed, edit.requirement]})
    return replace(project, manifest=project.manifest.model_copy(update={"requirements": requirements}))
