"""Runs one mpk command as a step of a GitHub workflow.

Inputs come from INPUT_MANIFEST, INPUT_COMMAND, INPUT_OVERRIDE, INPUT_LOCKED and MPK_ENVIRONMENT (where
mpk is installed), results go where a runner looks. The exit code is mpk's. Standard library only: this runs
on the runner's python3.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from commands import annotation, output, stopped_commands
from inputs import InputError, Inputs, read_inputs
from summary import summary

_USAGE_ERROR = 2


def run(inputs: Inputs) -> tuple[int, bytes]:
    """Run mpk with its log in ours; its exit code, 128 + n after signal n, and what it printed as JSON.

    What a model prints could look like a workflow command, so the runner is told not to listen meanwhile.
    The log shares a pipe with those two lines: only then does the runner see all in order.
    """
    with stopped_commands(sys.stdout, secrets.token_hex(16)):
        finished = subprocess.run(  # noqa: S603 - a list, and the command stands in a list of allowed ones
            [inputs.mpk, *inputs.arguments], stdout=subprocess.PIPE, stderr=sys.stdout.fileno(), check=False
        )
    code = finished.returncode
    return (code if code >= 0 else 128 - code), finished.stdout


def publish(code: int, stdout: bytes, inputs: Inputs) -> None:
    """Leave the outputs, the job summary and, after a failure, an annotation."""
    document = _document(stdout)
    handle, name = tempfile.mkstemp(prefix="mpk-report-", suffix=".json", dir=os.environ["RUNNER_TEMP"])
    with os.fdopen(handle, "wb") as file:
        file.write(stdout)
    model, image = document.get("model") or {}, document.get("image") or {}
    _append(
        "GITHUB_OUTPUT",
        output("model-path", str(model.get("path") or ""))
        + output("model-digest", str(model.get("digest") or ""))
        + output("image-digest", str(image.get("digest") or ""))
        + output("report", name),
    )
    _append("GITHUB_STEP_SUMMARY", summary(inputs.command, code, document))
    if code:
        error = document.get("error") or {}
        message = str(error.get("message") or f"mpk {inputs.command} ended with exit code {code}")
        hint = error.get("hint")
        print(annotation(f"{message}\n{hint}" if hint else message, error.get("position")), flush=True)


def _document(stdout: bytes) -> dict[str, Any]:
    try:
        document = json.loads(stdout)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _append(variable: str, text: str) -> None:
    with Path(os.environ[variable]).open("a", encoding="utf-8") as file:
        file.write(text)


def main() -> int:
    """Run the step and return its exit code."""
    try:
        inputs = read_inputs(os.environ)
    except InputError as error:
        print(annotation(str(error), None))
        return _USAGE_ERROR
    code, stdout = run(inputs)
    publish(code, stdout, inputs)
    return code


if __name__ == "__main__":
    sys.exit(main())
