"""Runs the script of one stage: ``input.json`` -> ``run(stage)`` -> ``output.json``.

Called as ``stage.run_file(folder)`` in a fresh process by the executor, in whichever place the stage runs. The two
files, ``input.json`` in the folder and ``result/output.json``, are the whole of the interface, after pyproject-hooks:
what the script raises comes back as data.

``input.json``: ``{"stage", "script", "inputs": {name: value or path}, "params": {name: value},
"outputs": {name: path}, "cache": path, "timeout_s": seconds, "watch": [folder], "unwatched": [folder]}``,
and perhaps ``"sandbox"``, as `mpk_runtime.confinement` has seen to it.
``output.json``: ``{"ok": true, "facts": {...}, "discovered": [path]}`` or
``{"ok": false, "error": {"message", "hint", "exit_code", "position", "failure", "evidence", "diagnosis", "fix"},
"discovered": [path]}``, where an ``exit_code`` of null says that the script did not expect this. ``failure``, of
`mpk_runtime.failing`, is what the model raised, which the host diagnoses; a script on the host has done so itself.
"""

from __future__ import annotations

import errno
import json
import os
import runpy
import signal
import traceback
from typing import Any, Iterable

from mpk_runtime.attempted import Attempted
from mpk_runtime.opened import OpenedFiles
from mpk_runtime.parent import die_with_parent, end_in_order


class StageError(Exception):
    """The stage can't do its work because of what it was given; ``hint`` is the next thing to type."""

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None, failure: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.failure = failure


class Stage:
    """What a stage's script is handed, and where it leaves what it found.

    Attributes:
        inputs: What the declaration names under ``inputs``; files and folders as absolute paths, read only.
        params: What it names under ``params``.
        outputs: For each declared output the absolute path at which the script writes it.
        facts: What the stage reports; JSON values, filled by the script.
        cache: A folder that outlives the stage, for what is expensive and named by content.
        timeout_s: How many seconds it may take in all.
        unwatched: Folders whose files are nobody's input.
        found: Paths that `depends_on` was given.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self.name: str = document["stage"]
        self.inputs: dict[str, Any] = document["inputs"]
        self.params: dict[str, Any] = document["params"]
        self.outputs: dict[str, str] = document["outputs"]
        self.cache: str = document["cache"]
        self.timeout_s: float = document["timeout_s"]
        self.unwatched: list[str] = document["unwatched"]
        self.facts: dict[str, Any] = {}
        self.found: list[str] = []

    def depends_on(self, paths: Iterable[str]) -> None:
        """Add files that this stage's result depends on although the declaration does not name them."""
        self.found.extend(paths)


def run_file(folder: str) -> None:
    """Run the stage whose ``input.json`` lies in ``folder`` and leave ``result/output.json`` there."""
    end_in_order()
    with open(os.path.join(folder, "input.json"), encoding="utf-8") as file:
        document = json.load(file)
    die_with_parent(signal.SIGTERM)
    result_folder = os.path.join(folder, "result")
    attempted = Attempted(document["sandbox"]["visible"]) if "sandbox" in document else None
    stage = Stage(document)
    opened = OpenedFiles(document["watch"], document["unwatched"])
    result: dict[str, Any]
    try:
        with opened:
            script = runpy.run_path(document["script"], run_name="mpk_stage")
            script["run"](stage)
        result = {"ok": True, "facts": _checked(stage)}
    except Exception as error:  # noqa: BLE001 - whatever a script raises goes back as data
        result = {"ok": False, "error": _as_data(error), "facts": _whole(stage.facts)}
    result["discovered"] = sorted({*opened.paths, *stage.found} - {os.path.abspath(document["script"])})
    if attempted is not None:
        result["attempted"] = attempted.as_data()
    temporary = os.path.join(result_folder, ".output.json")
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(result, file)
    os.replace(temporary, os.path.join(result_folder, "output.json"))


def _checked(stage: Stage) -> dict[str, Any]:
    try:
        json.dumps(stage.facts, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise StageError(
            f"the facts that the stage {stage.name} reports can't be written as JSON: {error}",
            "stage.facts takes text, numbers that are finite, true and false, None, and lists and dicts of these",
        ) from None
    return stage.facts


def _whole(facts: dict[str, Any]) -> dict[str, Any]:
    # What could not be written is left out of a failure, which has a cause of its own.
    try:
        json.dumps(facts, allow_nan=False)
    except (TypeError, ValueError):
        return {}
    return facts


def _as_data(error: BaseException) -> dict[str, Any]:
    if hasattr(error, "exit_code"):
        position = getattr(error, "position", None)
        return {
            "message": getattr(error, "message", str(error)),
            "hint": getattr(error, "hint", None),
            "exit_code": error.exit_code,
            "position": None if position is None else [position.file, position.line, position.column],
            "failure": getattr(error, "failure", None),
            "evidence": list(getattr(error, "evidence", ())),
            "diagnosis": getattr(error, "diagnosis", None),
            "fix": [[edit.field, edit.requirement] for edit in getattr(error, "fix", ())],
        }
    traceback.print_exception(type(error), error, error.__traceback__)
    no_room = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
    return {
        "message": f"{type(error).__name__}: {error}",
        "hint": None,
        "exit_code": 3 if no_room else None,
        "position": None,
        "failure": None,
        "evidence": [],
        "diagnosis": None,
        "fix": [],
    }
