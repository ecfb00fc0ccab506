"""The entry of an image as the first process of a container: read only, with a user that has no name."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from endpoints import Endpoint, alive, started, until, write_image
from support import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")

AT = "/tmp/opt"  # noqa: S108 - in the sandbox


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_image(tmp_path / "opt")


@pytest.fixture
def endpoint(image: Path) -> Iterator[Endpoint]:
    around = [
        *("bwrap", "--unshare-user", "--unshare-pid", "--as-pid-1", "--die-with-parent"),
        *("--uid", "65532", "--gid", "65532", "--cap-drop", "ALL"),
        *("--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev"),
        *("--tmpfs", "/tmp"),  # noqa: S108 - in the sandbox
        # Where these may lie below /tmp themselves.
        *(part for path in (sys.prefix, PROJECT) for part in ("--ro-bind", str(path), str(path))),
        *("--ro-bind", str(image), AT),
    ]
    with started(image, around=around, at=AT) as one:
        yield one.wait_ready()


def family(pid: int) -> list[int]:
    """The processes below one, as this machine numbers them."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            found += [child, *family(child)]
    return found


def test_it_serves_without_a_place_to_write_or_a_name(endpoint: Endpoint) -> None:
    assert endpoint.predict(1).document == {"predictions": [1]}
    home = endpoint.predict("home").document["predictions"]
    assert home.startswith("/tmp/mpk-serve-")  # noqa: S108 - in the sandbox


def test_the_first_process_buries_orphans(endpoint: Endpoint) -> None:
    def zombies() -> list[int]:
        below = family(endpoint.process.pid)
        return [pid for pid in below if Path(f"/proc/{pid}").exists() and not alive(pid)]

    before = len(family(endpoint.process.pid))
    assert endpoint.predict("orphan").status == 200
    assert len(family(endpoint.process.pid)) == before + 1
    until(lambda: len(family(endpoint.process.pid)) == before)
    assert zombies() == []


def test_the_first_process_hands_signals_on(endpoint: Endpoint) -> None:
    first = family(endpoint.process.pid)[0]
    processes = family(endpoint.process.pid)
    with ThreadPoolExecutor() as threads:
        answer = threads.submit(endpoint.predict, "sleep", 1)
        endpoint.wait_busy()
        os.kill(first, signal.SIGTERM)
        assert answer.result().status == 200
    assert endpoint.process.wait(5) == 0
    assert not any(alive(pid) for pid in processes)


def test_the_container_ends_when_the_front_does(endpoint: Endpoint) -> None:
    _first, front, *_workers = family(endpoint.process.pid)
    os.kill(front, signal.SIGKILL)
    assert endpoint.process.wait(5) == 128 + signal.SIGKILL
