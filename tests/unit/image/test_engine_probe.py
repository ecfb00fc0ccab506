"""Whether an engine answers, asked over real sockets."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from mpk_build.image import engine

if TYPE_CHECKING:
    from pathlib import Path

NONE = {"kind": "none", "version": ""}
GOOD = b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + json.dumps({"Version": "9.8"}).encode()


def answering(listener: socket.socket, answer: bytes) -> threading.Thread:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.recv(1000)
            connection.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    return thread


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (GOOD, {"kind": "docker", "version": "9.8"}),
        (b"HTTP/1.0 403 Forbidden\r\n\r\n{}", NONE),
        (b"HTTP/1.0 200 OK\r\n\r\nnot JSON", NONE),
        (b"HTTP/1.0 200 OK\r\n\r\n[]", NONE),
        (b"", NONE),
    ],
)
def test_a_unix_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes, expected: dict[str, str]
) -> None:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    thread = answering(listener, answer)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/s")
    assert engine.probe() == expected
    thread.join()


def test_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    thread = answering(listener, GOOD)
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{listener.getsockname()[1]}")
    assert engine.probe() == {"kind": "docker", "version": "9.8"}
    thread.join()


@pytest.mark.parametrize("host", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "ssh://me@there", "nonsense"])
def test_nothing_there(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", host)
    assert engine.probe() == NONE


def test_asking_imports_no_library() -> None:
    code = (
        "import sys; from mpk_build.image import engine; engine.probe(); "
        "print([one for one in ('docker', 'requests', 'elftools', 'dxf', 'pydantic') if one in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
