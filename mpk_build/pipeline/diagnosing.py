"""From what a stage's process left to an error that says what is wrong and what to type next."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mpk_build.environment import lockfile
from mpk_build.environment.diagnosis import catalogue, missing_file
from mpk_build.environment.diagnosis.failure import Context, Failure
from mpk_build.foundation.documents import read_json
from mpk_build.foundation.errors import Edit, MachineError, ManifestError, MpkError, Position, StageError

_KINDS: dict[int, type[MpkError]] = {1: StageError, 2: ManifestError, 3: MachineError}


class StageBugError(MpkError):
    """A script of mpk raised what it should not: exit code 4."""


def error_of(
    document: dict[str, Any], inputs: dict[str, Any], root: Path | None = None, entrypoint: str = ""
) -> MpkError | None:
    """The error in an ``output.json``, or None; what a model raised is diagnosed.

    Args:
        document: The ``output.json``.
        inputs: What the stage was handed: its ``lock`` and the ``providers`` of its source environment are read.
        root: The folder of the project whose stage it was, if any.
        entrypoint: That project's.
    """
    if document["ok"]:
        return None
    error = document["error"]
    if error["failure"] is not None:
        failure, context = Failure.from_document(error["failure"]), _context(document, inputs, root, entrypoint)
        tried = missing_file.undeclared(failure, context)
        found = catalogue.error_for(failure, context)
        if found is not None:
            found.evidence = (*found.evidence, *tried)
            return found
        error = {**error, "evidence": [*error["evidence"], *tried]}
    position = Position(*error["position"]) if error["position"] else None
    return _KINDS.get(error["exit_code"] or 1, StageBugError)(
        error["message"],
        hint=error["hint"],
        position=position,
        evidence=tuple(error["evidence"]),
        diagnosis=error["diagnosis"],
        fix=tuple(Edit(field, requirement) for field, requirement in error["fix"]),
    )


def died(failure: Failure, log: Path) -> StageError:
    """The error for a process that left no result; ``log`` is what it printed."""
    found = catalogue.error_for(failure, Context("package")) or StageError(failure.message)
    if failure.type == "TimedOut" and "stage validate" not in failure.message:
        found.hint = "raise timeout_s in its declaration"
    found.evidence = (*found.evidence, f"its log is {log}")
    return found


def _context(document: dict[str, Any], inputs: dict[str, Any], root: Path | None, entrypoint: str) -> Context:
    error, attempted = document["error"], document.get("attempted", {})
    lock, providers = inputs.get("lock"), inputs.get("providers")
    known = read_json(Path(providers)) if isinstance(providers, str) else {"modules": {}, "installed": {}}
    return Context(
        where="package",
        python=str(error["failure"]["python"]),
        root=root,
        entrypoint=entrypoint,
        installed=lockfile.parse(Path(lock).read_text(), "the lock").versions if isinstance(lock, str) else {},
        trained=known["installed"],
        providers=known["modules"],
        outside=tuple(path for path in attempted.get("files", []) if _is_on_this_machine(path)),
        hosts=tuple(attempted.get("network", [])),
    )


def _is_on_this_machine(path: str) -> bool:
    try:
        return Path(path).is_file()
    except OSError:
        return False
