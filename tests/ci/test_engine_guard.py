"""A test that needs an engine is skipped where there is none, but not where .ci/run wants one."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

SUITE = """
import os
import pytest

@pytest.mark.engine
def test_with_engine():
    pass

@pytest.mark.engine
def test_with_own_reason():
    pytest.skip("too tired")

def test_without():
    assert "MPK_HOME_OF_THE_CALLER" not in os.environ and "VIRTUAL_ENV" not in os.environ
    assert "mpk-cache" in os.environ["MPK_CACHE"]
"""


def session(folder: Path, **env: str) -> str:
    (folder / "conftest.py").write_bytes((PROJECT / "tests/conftest.py").read_bytes())
    (folder / "test_it.py").write_text(SUITE)
    finished = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsf", "-p", "no:cacheprovider", "--tb=line", "-c", os.devnull],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if not name.startswith(("MPK_", "PYTEST_"))},
            "PYTHONPATH": str(PROJECT / "tests"),
            "DOCKER_HOST": f"unix://{folder}/nobody.sock",
            "MPK_HOME_OF_THE_CALLER": "x",
            "VIRTUAL_ENV": "x",
            **env,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.stdout


@pytest.mark.parametrize(
    ("required", "counts"), [("0", "1 passed, 2 skipped"), ("1", "1 passed, 2 errors")], ids=["dev", "ci"]
)
def test_skips_become_failures_only_where_an_engine_is_required(tmp_path: Path, required: str, counts: str) -> None:
    output = session(tmp_path, MPK_TEST_REQUIRE_ENGINE=required)
    assert counts in output.splitlines()[-1], output
    assert "no container engine answers here: start Docker, or set DOCKER_HOST" in output


@pytest.mark.engine
def test_an_engine_that_is_there_is_used_but_any_other_skip_still_fails(tmp_path: Path) -> None:
    host = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    output = session(tmp_path, MPK_TEST_REQUIRE_ENGINE="1", DOCKER_HOST=host)
    assert "1 failed, 2 passed" in output.splitlines()[-1], output
    assert "MPK_TEST_REQUIRE_ENGINE=1, but this test was skipped. Skipped: too tired" in output
