"""The packaged model with other requirements, for a moment, beside the package as it is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mpk_build.environment import local_projects, lockfile, requirements_file, resolving
from mpk_build.environment.diagnosis.phrases import quoted
from mpk_build.environment.direct_references import without_credentials
from mpk_build.environment.names import normalised, of_requirement
from mpk_build.environment.refusals import NoSuchVersionError, Origin
from mpk_build.foundation.errors import Edit, StageError, UsageError
from mpk_build.manifest import editing
from mpk_build.pipeline import trials

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.lockfile import Lock
    from mpk_build.foundation.errors import MpkError
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.trials import Run, Trials

_COMMAND = "mpk validate --override "
_HINT = f"{_COMMAND}'numpy<2'"


@dataclass(frozen=True)
class Overrides:
    """Requirements for a moment.

    Attributes:
        requirements: PEP 508; a name that the lock does not have is added.
        constraints: Bounds besides.
        file: What is asked instead of the input example, or None.
        keep: Whether they will be kept if the package passes: then it has to with the input example too.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    file: Path | None = None
    keep: bool = False


@dataclass(frozen=True)
class Trial:
    """What became of a package under other requirements.

    Attributes:
        changes: What the lock would pin differently: ``{"name", "before", "after"}``.
        unmodified: The package in its own environment.
        overridden: The package in the other.
        edits: What would keep it.
        written: The edits that were written to the manifest.
    """

    changes: list[dict[str, str | None]]
    unmodified: Run
    overridden: Run
    edits: tuple[Edit, ...]
    written: tuple[Edit, ...] = field(default=())

    @property
    def error(self) -> MpkError | None:
        """Why it did not load or predict as expected, or None."""
        return self.overridden.error

    @property
    def facts(self) -> dict[str, Any]:
        """What the validation under other requirements reported."""
        return self.overridden.facts


def try_overrides(build: Build, overrides: Overrides) -> Trial:
    """Make an environment with other requirements and ask the package in it, and in its own.

    The input example is compared with what the source environment predicted, another input with what the unmodified
    package does.

    Args:
        build: A build that has run as far as ``package``.
        overrides: The requirements, and what to ask.

    Raises:
        StageError: No environment satisfies them.
    """
    with trials.opened(build) as opened:
        return tried(opened, overrides)


def tried(opened: Trials, overrides: Overrides) -> Trial:
    """As `try_overrides`, of any package; one without expected predictions is compared as another input is.

    Raises:
        StageError: No environment satisfies them.
    """
    question = opened.example if overrides.file is None else opened.question(overrides.file)
    lock = resolved(opened, overrides)
    unmodified = opened.run(opened.before, question, "unmodified")
    if (overrides.file is not None or question.by_signature) and unmodified.error is None and unmodified.form:
        question = question.expecting(unmodified, "the unmodified package does")
    overridden = opened.run(lock, question, "overridden")
    if overrides.keep and overrides.file is not None and overridden.error is None:
        overridden = replace(overridden, error=opened.run(lock, opened.example, "example").error)
    if overridden.error is not None:
        _repeat(overridden.error, overrides)
    changes = lockfile.difference(opened.before.versions, lock.versions)
    return Trial(changes, unmodified, overridden, _edits(opened, overrides))


def write(manifest: Path, edits: tuple[Edit, ...]) -> tuple[Edit, ...]:
    """Write edits into a manifest, its comments kept; returns those that changed it.

    Raises:
        ManifestError: The manifest can't be edited.
    """
    return tuple(edit for edit in edits if editing.add_requirement(manifest, edit.field, edit.requirement))


def read(overrides: list[str], files: list[Path], asked: Path | None, *, keep: bool) -> Overrides:
    """What the command line says, looked at before anything runs.

    Raises:
        UsageError: Something is not PEP 508, or ``keep`` would write what must not stand in a manifest.
    """
    read_files = [requirements_file.read(file) for file in files]
    for one in overrides:
        _check(one)
    requirements = (*overrides, *(one for lines in read_files for one in lines.requirements))
    constraints = tuple(one for lines in read_files for one in lines.constraints)
    if keep and constraints:
        raise UsageError(
            "--write keeps requirements, and these files have constraints besides (-c)",
            hint="name the file in requirements: {constraints: FILE}",
        )
    for one in requirements if keep else ():
        if without_credentials(one) != one:
            raise UsageError(
                f"a password has no place in a manifest: {one.partition(' @ ')[0]}", hint="put it into ~/.netrc"
            )
    return Overrides(requirements, constraints, asked, keep)


def _check(override: str) -> None:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(override)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"--override '{override}' is not a requirement: {reason}", hint=_HINT) from None


def resolved(opened: Trials, overrides: Overrides) -> Lock:
    """The lock with other requirements.

    Raises:
        StageError: There is none; says what matches in place of a version that can't be had.
    """
    base = opened.subject.request
    overridden = {of_requirement(one) for one in overrides.requirements}
    added = [one for one in overrides.requirements if of_requirement(one) not in opened.before.versions]
    kept = [one for one in base.overrides if of_requirement(one) not in overridden]
    request = replace(
        base,
        requirements=(*base.requirements, *added),
        overrides=(*kept, *overrides.requirements),
        constraints=(*base.constraints, *overrides.constraints),
        preferred=opened.before.versions,
        origins=tuple(Origin(one, "--override") for one in overrides.requirements),
    )
    try:
        carried = local_projects.carrying(request, opened.before, opened.subject.wheels)
        own = tuple(one for one in base.wheels if normalised(one.name) not in overridden)
        return resolving.resolve(replace(carried, wheels=(*carried.wheels, *own)))
    except NoSuchVersionError as error:
        raise _with_what_matches(error, overrides) from None


def _with_what_matches(error: NoSuchVersionError, overrides: Overrides) -> StageError:
    if not error.instead:
        return error
    name, _, nearest = error.instead.partition("==")
    hint = f"mpk validate --override '{error.instead}'"
    typed = next((one for one in overrides.requirements if of_requirement(one) == normalised(name)), "")
    version = typed.partition("==")[2].partition(";")[0].strip()
    evidence: tuple[str, ...] = ()
    if version and nearest.startswith(f"{version}."):
        hint = f"{hint}, or '{name}=={version}.*' for whatever is the newest of that series"
        evidence = (f"'=={version}' matches {version} alone; '=={version}.*' matches {nearest} (PEP 440)",)
    told = StageError(error.message, hint=hint, evidence=evidence, diagnosis=error.diagnosis, fix=error.fix)
    _repeat(told, overrides)
    return told


def _repeat(error: MpkError, overrides: Overrides) -> None:
    """Let the command that an error ends with have the overrides that were typed, so that it can be typed as it is."""
    hint, fixed = error.hint or "", {of_requirement(edit.requirement) for edit in error.fix}
    typed = "".join(f"--override {quoted(one)} " for one in overrides.requirements if of_requirement(one) not in fixed)
    if hint.startswith(_COMMAND) and fixed:
        error.hint = f"mpk validate {typed}{hint.removeprefix('mpk validate ')}"


def _edits(opened: Trials, overrides: Overrides) -> tuple[Edit, ...]:
    known = opened.before.versions
    return tuple(Edit("override" if of_requirement(one) in known else "extra", one) for one in overrides.requirements)
