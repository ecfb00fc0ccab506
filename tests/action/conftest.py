"""A job on a runner for each test, and a program in mpk's place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from action.runner import Job
from support import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job with an empty workspace."""
    job = Job(tmp_path / "workspace", tmp_path / "temp")
    job.workspace.mkdir()
    job.temporary.mkdir()
    return job


@pytest.fixture
def stand_in(job: Job) -> Callable[..., Path]:
    """Puts a program in mpk's place, as if installed; the file returned gets its arguments, a line each."""

    def install(*, stdout: str = "{}", stderr: str = "", code: int = 0) -> Path:
        environment = job.temporary / "mpk-environment"
        program = environment / "bin/mpk"
        program.parent.mkdir(parents=True)
        for name, text in {"out": stdout, "err": stderr}.items():
            (environment / name).write_text(text)
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$@" >"{environment}/arguments"\n'
            f'cat "{environment}/err" >&2\ncat "{environment}/out"\nexit {code}\n'
        )
        program.chmod(0o755)
        (environment / ".complete").write_text(str(PROJECT))
        return environment / "arguments"

    return install
