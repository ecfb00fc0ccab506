"""What a person sees on a terminal: a moving line while a stage runs, and a line for its result."""

from __future__ import annotations

import os
import pty
import re
import sys
from typing import TYPE_CHECKING

import pytest
from tiny import write_tiny

if TYPE_CHECKING:
    from pathlib import Path


def on_a_terminal(project: Path, env: dict[str, str]) -> str:
    """What ``mpk build`` writes to a terminal."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(project)
        os.execve(sys.executable, [sys.executable, "-m", "mpk_build", "build"], {**os.environ, **env})
    written = b""
    while True:
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        written += part
    assert os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) == 0
    os.close(terminal)
    return written.decode()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_stages_move_and_then_stand(tmp_path: Path) -> None:
    project = write_tiny(tmp_path / "project")
    env = {"MPK_CACHE": str(tmp_path / "store"), "TERM": "xterm", "COLUMNS": "100"}
    shown = on_a_terminal(project, env)
    assert "validate: Load the package in a clean environment and replay its example" in shown
    assert re.findall(r"  (\S+) +\x1b\[32mbuilt   \x1b\[0m", shown) == ["infer-env", "package", "validate"]
    plain = on_a_terminal(project, {**env, "NO_COLOR": "1"})
    assert "\x1b[32m" not in plain
    assert "  validate     cached             nothing changed\r\n" in plain
