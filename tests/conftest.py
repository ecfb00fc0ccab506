"""What every test stands on: a cache of the session's own, and nothing of the caller's environment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from support import engine_version

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

# Set by .ci/run: there a test without an engine is a failure, not a skip.
REQUIRE_ENGINE = "MPK_TEST_REQUIRE_ENGINE"

# What would make a test answer differently in somebody's shell, or inside a workflow.
_STEERING = ("MPK_", "GITHUB_", "RUNNER_", "INPUT_")
_STEERING_NAMES = (
    *("VIRTUAL_ENV", "CONDA_PREFIX", "SOURCE_DATE_EPOCH"),
    *("CI", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "COLUMNS", "LINES", "GIT_DIR", "GIT_WORK_TREE"),
)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "engine: needs a container engine (Docker) on this machine")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("engine") and engine_version() is None:
        pytest.skip("no container engine answers here: start Docker, or set DOCKER_HOST")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where an engine is required a skip of a test that needs it, for whatever reason, is a failure."""
    report = yield
    required = os.environ.get(REQUIRE_ENGINE) == "1" and item.get_closest_marker("engine")
    if required and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[-1] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ENGINE}=1, but this test was skipped. {reason}"
    return report


@pytest.fixture(scope="session", autouse=True)
def own_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads or writes the caller's cache; one cache serves the whole session, for speed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name != REQUIRE_ENGINE and (name in _STEERING_NAMES or name.startswith(_STEERING)):
                patch.delenv(name)
        patch.setenv("MPK_CACHE", str(tmp_path_factory.mktemp("mpk-cache")))
        yield
