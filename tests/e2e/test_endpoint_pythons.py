"""The front, from its lock, on the oldest and on a recent Python that a model may have."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from endpoints import Endpoint, started, write_image
from support import PROJECT, find_python

from mpk_build import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOCK = PROJECT / "mpk_build" / "endpoint" / "pylock.server.toml"


@pytest.fixture(scope="module", params=["3.8", "3.13"])
def endpoint(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    interpreter = find_python(request.param)
    if interpreter is None:
        pytest.skip(f"no Python {request.param} on this machine")
    folder = tmp_path_factory.mktemp("python")
    libraries = install(interpreter, folder / "libraries")
    with started(write_image(folder / "opt", libraries), interpreter=interpreter, MPK_TIMEOUT="1") as one:
        yield one.wait_ready()


def install(interpreter: Path, target: Path) -> Path:
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "sync", "--quiet", "--require-hashes"),
            *("--python", str(interpreter), "--target", str(target), str(LOCK)),
        ],
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
        check=True,
    )
    return target


def test_it_serves(endpoint: Endpoint) -> None:
    assert endpoint.ask("GET", "/version").body == __version__.encode()
    assert endpoint.predict(1, 2).document == {"predictions": [1, 2]}
    assert endpoint.ask("GET", "/nowhere").status == 404
    assert endpoint.ask("PUT", "/ping").status == 405
    assert endpoint.ask("POST", "/invocations", b"{}").status == 415
    assert endpoint.ask("POST", "/invocations", b"{", "application/json").status == 400


def test_its_workers_are_replaced(endpoint: Endpoint) -> None:
    assert endpoint.predict("sleep", 60).status == 504
    assert endpoint.predict("kill").status == 500
    assert endpoint.predict("exit").status == 500
    assert endpoint.predict(1).status == 200


def test_it_stops_when_asked_to(endpoint: Endpoint) -> None:
    worker = endpoint.predict("pid").document["predictions"]
    endpoint.process.terminate()
    assert endpoint.process.wait(10) == 0
    assert not os.path.exists(f"/proc/{worker}")  # noqa: PTH110 - no file system
    assert "Warning" not in endpoint.logs()
    assert endpoint.logs().count("Traceback") == 0
