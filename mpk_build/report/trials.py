"""What became of a package under other requirements: lines for a person, documents for a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.report import changes
from mpk_build.report.documents import SCHEMA_VERSION, edit_document, error_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.foundation.errors import Edit, MpkError
    from mpk_build.pipeline.fixing import Fixed, Step
    from mpk_build.pipeline.overriding import Overrides, Trial
    from mpk_build.pipeline.trials import Run

_NEXT = "mpk build makes the lock and the package of it"


def trial_lines(trial: Trial, overrides: Overrides, manifest: str | None) -> list[str]:
    """The lock's difference, and both packages side by side; ``manifest`` is its name if it was to be written."""
    lines = [f"with {', '.join(overrides.requirements)}:"] if overrides.requirements else []
    lines += lock_changes(trial.changes) if overrides.requirements else []
    lines += ["", *_table(trial, overrides)]
    if trial.error is None and manifest is not None:
        lines += ["", *_written(trial.written, manifest)]
    elif overrides.requirements:
        lines += ["", "nothing was changed"]
    return lines


def package_lines(trial: Trial, overrides: Overrides, model: str, *, has_outputs: bool) -> list[str]:
    """As `trial_lines`, of a package as it is; ``has_outputs``: whether its signature says what it predicts."""
    lines = [f"with {', '.join(overrides.requirements)}:"] if overrides.requirements else []
    lines += lock_changes(trial.changes) if overrides.requirements else []
    first = "as its signature says" if has_outputs else "made"
    if trial.unmodified.form is None and trial.unmodified.error is None:
        told = f"{model} has no input example: it was loaded and no more; -i FILE asks it something"
        first = second = "none: nothing was asked"
    else:
        held = "held to the outputs of its signature (types and columns)" if has_outputs else "compared with nothing"
        told = f"{model} keeps no predictions: what it predicts is {held}"
        second = first if trial.unmodified.error is not None else "the same"
    lines += [told, "", *_side_by_side(trial, overrides, (first, second))]
    return [*lines, "", "nothing was changed"] if overrides.requirements else lines


def lock_changes(rows: list[dict[str, str | None]]) -> list[str]:
    """What a lock pins differently, a line each."""
    return [f"  {changes.line(row)}" for row in rows] or ["  the lock would not change"]


def step_lines(step: Step) -> list[str]:
    """What is tried against a failure."""
    return [f"  try: requirements.{edit.field}: {edit.requirement}" for edit in step.edits] + [
        f"     {changes.line(row)}" for row in step.changes
    ]


def fixed_lines(fixed: Fixed, manifest: str) -> list[str]:
    """How far fixing came."""
    count = len(fixed.steps)
    steps = "1 step" if count == 1 else f"{count} steps"
    if fixed.error is not None:
        return [f"after {steps} it still fails; nothing was changed"]
    if not fixed.edits:
        return ["the package passes as it is; there is nothing to fix"]
    return [f"the package passes after {steps}", *_written(fixed.written, manifest)]


def trial_document(trial: Trial, overrides: Overrides) -> dict[str, Any]:
    """What became of a package under other requirements."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": trial.error is None,
        "override": list(overrides.requirements),
        "constraints": list(overrides.constraints),
        "input": None if overrides.file is None else str(overrides.file),
        "lock_changes": trial.changes,
        "facts": trial.facts,
        "predictions": trial.overridden.predictions,
        "unmodified": {
            "facts": trial.unmodified.facts,
            "predictions": trial.unmodified.predictions,
            "error": error_document(trial.unmodified.error),
        },
        "written": [edit_document(edit) for edit in trial.written],
        "stages": [],
        "error": error_document(trial.error),
    }


def fixed_document(fixed: Fixed) -> dict[str, Any]:
    """How far fixing came."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": fixed.error is None,
        "steps": [
            {
                "error": error_document(step.error),
                "tried": [edit_document(edit) for edit in step.edits],
                "lock_changes": step.changes,
            }
            for step in fixed.steps
        ],
        "edits": [edit_document(edit) for edit in fixed.edits],
        "written": [edit_document(edit) for edit in fixed.written],
        "stages": [],
        "error": error_document(fixed.error),
    }


_NAMES = ("loads in", "predicts in", "predictions")


def _table(trial: Trial, overrides: Overrides) -> list[str]:
    passes = ("as expected", "as expected")
    if overrides.file is not None:
        passes = ("made", "the same" if trial.unmodified.error is None else "made, compared with nothing")
    return _side_by_side(trial, overrides, passes)


def _side_by_side(trial: Trial, overrides: Overrides, passes: tuple[str, str]) -> list[str]:
    columns = [("", *_NAMES), ("unmodified", *_cells(trial.unmodified, passes[0]))]
    if overrides.requirements:
        columns.append(("overridden", *_cells(trial.overridden, passes[1])))
    return list(_aligned([list(row) for row in zip(*columns, strict=True)]))


def _cells(run: Run, passes: str) -> tuple[str, str, str]:
    load, predict, differences = (run.facts.get(name) for name in ("load_s", "predict_s", "differences"))
    predictions = passes
    if run.error is not None:
        differ = "1 differs" if differences == 1 else f"{differences} differ"
        predictions = differ if differences else f"none: {_failure(run.error)}"
    return (
        "-" if load is None else f"{load:.2f} s",
        "-" if predict is None else f"{predict:.3f} s",
        predictions,
    )


def _failure(error: MpkError) -> str:
    known = error.diagnosis not in (None, "unknown")
    return str(error.diagnosis) if known else "it failed"


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        yield ("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))).rstrip()


def _written(edits: tuple[Edit, ...], manifest: str) -> list[str]:
    if not edits:
        return [f"{manifest} says so already"]
    lines = [f"written to {manifest}: requirements.{edit.field}: {edit.requirement}" for edit in edits]
    return [*lines, f" next: {_NEXT}"]
