"""The worker by itself, spoken to as its docstring says, on the oldest Python and on this one."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from endpoints import MODEL, alive, until, write_package
from support import PROJECT, find_python

from mpk_runtime import worker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WORKER = PROJECT / "mpk_build" / "runtime" / "mpk_runtime" / "worker.py"


@pytest.fixture(params=["3.8", "this"])
def interpreter(request: pytest.FixtureRequest) -> str:
    if request.param == "this":
        return sys.executable
    found = find_python(request.param)
    if found is None:
        pytest.skip(f"no Python {request.param} on this machine")
    return str(found)


class Running:
    """A worker and the connection that it made."""

    def __init__(self, process: subprocess.Popen[bytes], connection: socket.socket) -> None:
        self.process = process
        self.connection = connection
        connection.settimeout(10)

    def receive(self) -> tuple[dict[str, Any], bytes]:
        """The next frame, read byte by byte as the docstring gives it."""
        header_length, body_length = struct.unpack(">IQ", self._exactly(12))
        return json.loads(self._exactly(header_length)), self._exactly(body_length)

    def _exactly(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            chunk = self.connection.recv(length - len(data))
            assert chunk, f"the stream ended after {data!r}"
            data += chunk
        return data

    def ask(self, value: Any) -> tuple[dict[str, Any], bytes]:
        """Send a request and return the answer."""
        self.send(value)
        return self.receive()

    def send(self, value: Any) -> None:
        """Send a request."""
        header = json.dumps({"content_type": "application/json"}).encode()
        body = json.dumps({"inputs": value}).encode()
        self.connection.sendall(struct.pack(">IQ", len(header), len(body)) + header + body)


@contextlib.contextmanager
def running(folder: Path, *command: str, code: str = MODEL, **config: object) -> Iterator[Running]:
    model = write_package(folder, code, **config)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "s"))
        listener.listen(1)
        listener.settimeout(10)
        arguments = ["--socket", folder / "s", "--model", model, "--document", folder / "model.json"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([*command, *map(str, arguments)], stdout=log, stderr=log, start_new_session=True)
        try:
            connection, _ = listener.accept()
            with connection:
                yield Running(process, connection)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_it_answers_one_request_after_another(tmp_path: Path, interpreter: str) -> None:
    with running(tmp_path, interpreter, "-I", "-B", "-u", str(WORKER)) as one:
        assert one.receive() == ({"ready": True}, b"")
        assert one.ask([1, "ä"]) == ({"status": 200}, '{"predictions":[1,"ä"]}'.encode())
        assert one.ask(["pid"]) == ({"status": 200}, b'{"predictions":%d}' % one.process.pid)
        assert one.ask(["large", 3_000_000])[1] == b'{"predictions":"' + b"x" * 3_000_000 + b'"}'
        header, body = one.ask(["raise"])
        assert (header, json.loads(body)["error_code"]) == ({"status": 500}, "INTERNAL_ERROR")
        assert one.ask([2]) == ({"status": 200}, b'{"predictions":[2]}')


def test_it_says_why_the_model_does_not_load(tmp_path: Path, interpreter: str) -> None:
    with running(tmp_path, interpreter, "-I", "-B", "-u", str(WORKER), code="import cv2") as one:
        assert one.receive() == ({"failed": "ModuleNotFoundError: No module named 'cv2'"}, b"")
        assert one.process.wait(10) == 1
    assert (tmp_path / "log").read_text().endswith("ModuleNotFoundError: No module named 'cv2'\n")


def test_a_model_that_exits_while_it_loads(tmp_path: Path) -> None:
    with running(tmp_path, sys.executable, "-I", "-B", str(WORKER), code="import sys; sys.exit(3)") as one:
        assert one.receive() == ({"failed": "SystemExit: 3"}, b"")
        assert one.process.wait(10) == 1


def test_libraries_come_from_the_folders_on_the_path(tmp_path: Path, interpreter: str) -> None:
    libraries, linked = tmp_path / "libraries", tmp_path / "linked"
    for folder, name in ((libraries, "one"), (linked, "two")):
        folder.mkdir()
        (folder / f"library_{name}.py").write_text(f"value = '{name}'")
    (libraries / "linked.pth").write_text(str(linked))
    code = """
import sys
from library_one import value as one
from library_two import value as two

class Model:
    def predict(self, x):
        return [one, two, sys.argv[1:], sys.flags.isolated]
"""
    command = [interpreter, "-I", "-B", str(WORKER), "--path", str(libraries)]
    with running(tmp_path, *command, code=code) as one:
        one.receive()
        assert one.ask([]) == ({"status": 200}, b'{"predictions":["one","two",[],1]}')


def test_it_ends_when_nobody_is_left_to_answer(tmp_path: Path) -> None:
    with running(tmp_path, sys.executable, "-I", "-B", str(WORKER)) as one:
        one.receive()
        child = json.loads(one.ask(["child"])[1])["predictions"]
        one.connection.close()
        assert one.process.wait(10) == -signal.SIGKILL
        until(lambda: not alive(child))


def test_a_front_that_hangs_up_in_the_middle_of_a_frame(tmp_path: Path) -> None:
    with running(tmp_path, sys.executable, "-I", "-B", str(WORKER)) as one:
        one.receive()
        one.connection.sendall(b"\x00\x00")
        one.connection.close()
        assert one.process.wait(10) == -signal.SIGKILL


# Starts the worker and is killed; the same without prctl(2), when only a thread can notice.
PARENT = """
import subprocess, sys
process = subprocess.Popen(sys.argv[1:], start_new_session=True)
print(process.pid, flush=True)
process.wait()
"""
WITHOUT_PRCTL = """
import sys
sys.path.insert(0, {!r})
from mpk_runtime import parent, worker
parent.die_with_parent = lambda: False
sys.exit(worker.run(sys.argv[1:]))
"""


def test_it_dies_with_its_parent_while_it_predicts(tmp_path: Path) -> None:
    code = MODEL.replace("time.sleep(model_input[1])", "sum(range(10**12))")
    command = [sys.executable, "-c", PARENT, sys.executable, "-I", "-B", str(WORKER)]
    with running(tmp_path, *command, code=code) as one:
        one.receive()
        pid = json.loads(one.ask(["pid"])[1])["predictions"]
        one.send(["sleep"])  # native code that holds the interpreter, and the connection stays open
        time.sleep(0.2)
        one.process.kill()
        try:
            until(lambda: not alive(pid), timeout_s=5)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def test_without_prctl_a_thread_notices_the_hang_up(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-B", "-c", WITHOUT_PRCTL.format(str(WORKER.parent.parent))]
    with running(tmp_path, *command) as one:
        one.receive()
        one.send(["sleep", 60])
        time.sleep(0.2)
        one.connection.close()
        assert one.process.wait(5) == -signal.SIGKILL


def test_frames_survive_being_sent_in_pieces() -> None:
    here, there = socket.socketpair()
    with here, there:
        worker.send(there, {"status": 200}, b"body")
        worker.send(there, {"ready": True})
        sent = here.recv(1000)
        for at in range(len(sent)):
            there.sendall(sent[at : at + 1])
        assert worker.receive(here) == ({"status": 200}, b"body")
        assert worker.receive(here) == ({"ready": True}, b"")
        there.sendall(sent[:-1])
        assert worker.receive(here) == ({"status": 200}, b"body")
        there.close()
        assert worker.receive(here) is None
