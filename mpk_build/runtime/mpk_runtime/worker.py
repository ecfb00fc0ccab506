"""The model in a process of its own: loads a package and answers what the front hands over, one by one.

The front calls it: ``python -I -B -u worker.py --socket PATH --model ROOT --document JSON
[--protocol strict|mlflow] [--path DIR]...``,
where JSON is a file with the MLmodel document and each DIR holds libraries of the model and ``.pth`` files.

The protocol between the front and a worker
-------------------------------------------
The front listens on the Unix socket ``--socket`` and starts the worker, which connects at once: from then on
either sees the other's end as the end of the stream. Both send frames::

    header length   unsigned, 4 bytes, big endian
    body length     unsigned, 8 bytes, big endian
    header          a JSON object, UTF-8
    body            bytes

1. The worker, once: ``{"ready": true}`` when the model is loaded, or ``{"failed": "<error>"}`` before it ends
   with exit code 1. Neither has a body.
2. The front: ``{"content_type": "<value of the HTTP header>"}`` and the body of the HTTP request.
3. The worker: ``{"status": <HTTP status>}`` and the JSON body of the HTTP response. Then 2 again.

Nothing is sent out of turn, so no frame needs a number. The worker's outputs are not part of the protocol: a
model may print what it likes.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import site
import socket
import struct
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from mpk_runtime.scoring import Scorer

FRAME = struct.Struct(">IQ")


def send(connection: socket.socket, header: dict[str, Any], body: bytes = b"") -> None:
    """Send one frame.

    Raises:
        OSError: The other side is gone.
    """
    encoded = json.dumps(header).encode("utf-8")
    connection.sendall(FRAME.pack(len(encoded), len(body)) + encoded)
    if body:
        connection.sendall(body)


def receive(connection: socket.socket) -> tuple[dict[str, Any], bytes] | None:
    """The header and body of the next frame; None when the other side is gone."""
    start = _exactly(connection, FRAME.size)
    if start is None:
        return None
    header_length, body_length = FRAME.unpack(start)
    header = _exactly(connection, header_length)
    body = _exactly(connection, body_length)
    if header is None or body is None:
        return None
    return json.loads(header.decode("utf-8")), body


def _exactly(connection: socket.socket, length: int) -> bytes | None:
    data = bytearray(length)
    view, filled = memoryview(data), 0
    while filled < length:
        try:
            count = connection.recv_into(view[filled:])
        except ConnectionError:
            return None
        if not count:
            return None
        filled += count
    return bytes(data)


def watch(connection: socket.socket) -> None:
    """End this process from a thread when the front is gone; for where `die_with_parent` can't be had."""
    import select

    poll = select.poll()
    poll.register(connection, 0)  # a hang-up is always reported

    def wait() -> None:
        poll.poll()
        _end()

    threading.Thread(target=wait, name="mpk-front-watch", daemon=True).start()


def _end() -> NoReturn:
    """End at once, with what the model has started: the front that would do it is gone."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


def _arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="worker.py", description="Answers the front with a loaded model.")
    parser.add_argument("--socket", required=True, help="the Unix socket on which the front listens")
    parser.add_argument("--model", required=True, help="the package")
    parser.add_argument("--document", required=True, help="its MLmodel document as a JSON file")
    parser.add_argument("--protocol", default="strict", choices=["strict", "mlflow"], help="how requests are converted")
    parser.add_argument("--path", action="append", default=[], help="a folder with libraries of the model")
    return parser.parse_args(argv)


def _load(arguments: argparse.Namespace) -> Scorer:
    for folder in arguments.path:
        site.addsitedir(folder)
    sys.argv = sys.argv[:1]  # a model's library that parses the command line must not find ours
    from mpk_runtime.scoring import Scorer

    document = json.loads(Path(arguments.document).read_text("utf-8"))
    return Scorer.load(arguments.model, document, arguments.protocol)


def run(argv: list[str]) -> int:
    """Connect, load, and answer until the front is gone; the exit code.

    Raises:
        OSError: Nobody listens on the socket.
    """
    arguments = _arguments(argv)
    # This file is started by its path, so that what lies beside it can be imported only from here on.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from mpk_runtime import parent

    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(arguments.socket)
    if not parent.die_with_parent():
        watch(connection)
    try:
        scorer = _load(arguments)
    except BaseException as error:  # noqa: BLE001 - a model may raise anything while it loads, SystemExit included
        traceback.print_exc()
        send(connection, {"failed": f"{type(error).__name__}: {error}"})
        return 1
    send(connection, {"ready": True})
    while True:
        request = receive(connection)
        if request is None:
            _end()
        header, body = request
        status, answer = scorer.answer(body, header["content_type"])
        try:
            send(connection, {"status": status}, answer)
        except ConnectionError:
            _end()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
