"""Runs a stage's script shut in, as mpk would: ``python shut_in.py FOLDER SCRIPT PARAMS``, which prints its output.

A program of its own, so that a test can start it as another user and with other programs on its path.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.sandbox.ladder import Ladder, Wish
from mpk_build.pipeline import places
from mpk_build.pipeline.execution import run_script


def main(folder: Path, script: Path, params: dict[str, Any]) -> dict[str, Any]:
    """The ``output.json`` of a script that ran in this Python's environment, with the work folder ``folder/work``."""
    interpreters = Interpreters(folder / "interpreters.json")
    own = interpreters.inspect(Path(sys.executable))
    ladder = Ladder(Wish(params.pop("sandbox", "auto"), params.pop("network", False)), own, folder / "sandbox.json")
    work = folder / "work"
    (work / "in").mkdir(parents=True)
    (work / "in" / "package").write_text("a package")
    place = places.isolated(Path(params.pop("python", sys.executable)), own, ladder, work, [script])
    document = {
        "stage": "toy",
        "script": str(script),
        "inputs": {"package": str(work / "in" / "package")},
        "params": params,
        "outputs": {"report": str(work / "out" / "report")},
        "cache": "",
        "timeout_s": params.pop("timeout_s", 60),
        "watch": [],
        "unwatched": [],
    }
    return run_script(place, document, work, folder / "log")


if __name__ == "__main__":
    os.umask(0o022)
    print(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3]))))  # noqa: T201 - its answer
