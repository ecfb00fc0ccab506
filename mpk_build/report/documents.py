"""The JSON documents that ``--json`` prints; version 1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpk_build.foundation.errors import Edit, MpkError
    from mpk_build.pipeline.lock import Checked
    from mpk_build.pipeline.planning import PlannedStage
    from mpk_build.pipeline.results import BuildResult, StageResult

SCHEMA_VERSION = 1


def build_document(result: BuildResult) -> dict[str, Any]:
    """What became of a build; also ``dist/report.json``."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "name": result.name,
        "version": result.version,
        "ok": result.ok,
        "seconds": round(result.seconds, 3),
        "stages": [_stage(stage) for stage in result.stages],
        "error": error_document(result.error),
    }
    package, image = result.stage("package"), result.stage("image")
    if package is not None and "model" in package.outputs:
        document["model"] = _output(package, "model")
    if image is not None and "image" in image.outputs:
        facts = image.facts
        described = {name: facts.get(name) for name in ("digest", "size", "base")}
        document["image"] = {"path": _path(image.outputs["image"].path), **described, "name": result.image}
    return document


def error_document(error: MpkError | None) -> dict[str, Any] | None:
    """An error, or None."""
    if error is None:
        return None
    position = error.position
    where = None if position is None else {"file": position.file, "line": position.line, "column": position.column}
    return {
        "message": error.message,
        "evidence": list(error.evidence),
        "hint": error.hint,
        "exit_code": error.exit_code,
        "position": where,
        "diagnosis": error.diagnosis,
        "fix": [edit_document(edit) for edit in error.fix],
    }


def edit_document(edit: Edit) -> dict[str, str]:
    """An edit of the manifest."""
    return {"field": f"requirements.{edit.field}", "requirement": edit.requirement}


def failure_document(error: MpkError) -> dict[str, Any]:
    """A command that could not begin."""
    return {"schema_version": SCHEMA_VERSION, "ok": False, "stages": [], "error": error_document(error)}


def plan_document(plan: list[PlannedStage]) -> dict[str, Any]:
    """What a build would do."""
    rows = [{"stage": one.spec.name, "status": one.status, "why": one.why, "key": one.key} for one in plan]
    return {"schema_version": SCHEMA_VERSION, "ok": True, "stages": rows}


def check_document(checked: Checked, lock: Path) -> dict[str, Any]:
    """Whether a lock is what it should be."""
    return {
        "schema_version": SCHEMA_VERSION,
        "ok": checked.error is None,
        "lock": _path(lock),
        "lock_changes": checked.changes,
        "stages": [],
        "error": error_document(checked.error),
    }


def printed(document: dict[str, Any]) -> str:
    """A document as it is printed."""
    return json.dumps(document, indent=2, ensure_ascii=False)


def _stage(stage: StageResult) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "status": stage.status,
        "why": stage.why,
        "key": stage.key,
        "seconds": round(stage.seconds, 3),
        "outputs": {name: _output(stage, name) for name in stage.outputs},
        "facts": stage.facts,
        "error": error_document(stage.error),
        "log": _path(stage.log),
    }


def _output(stage: StageResult, name: str) -> dict[str, Any]:
    return {"path": _path(stage.outputs[name].path), "digest": stage.outputs[name].digest}


def _path(path: Path | None) -> str | None:
    if path is None:
        return None
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
