"""mpk starts fast: what it does not need yet it does not import."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    *("pydantic", "docker", "pandas", "numpy", "requests", "uvicorn", "starlette"),
    *("yaml", "elftools", "dxf", "virtualenv", "mlflow", "mpk_runtime"),
}


def test_help_imports_nothing_heavy(tmp_path: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mpk_build", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout
    imported = {name.split(".")[0] for name in re.findall(r"^import time:.*\| +(\S+)$", answer.stderr, re.MULTILINE)}
    assert {"mpk_build", "typer"} <= imported
    assert imported & HEAVY == set()
