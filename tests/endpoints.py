"""Packages, endpoints and HTTP for the tests of several folders."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from support import PROJECT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# What a request's first value makes the model do; the rest of the package needs no library at all.
MODEL = """
import os, signal, sys, time

class Model:
    def load_context(self, context):
        print("loading", flush=True)
        time.sleep(float(context.model_config.get("load_s", 0)))
        if context.model_config.get("broken"):
            raise RuntimeError("no weights")

    def predict(self, model_input):
        first = model_input[0] if isinstance(model_input, list) and model_input else None
        if first == "pid":
            return os.getpid()
        if first == "sleep":
            print("sleeping", flush=True)
            time.sleep(model_input[1])
        if first == "meet":
            open(os.path.join(model_input[1], str(os.getpid())), "w").close()
            end = time.monotonic() + 20
            while len(os.listdir(model_input[1])) < 2 and time.monotonic() < end:
                time.sleep(0.01)
            return len(os.listdir(model_input[1]))
        if first == "raise":
            raise ValueError("secret-value")
        if first == "exit":
            sys.exit(7)
        if first == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if first == "child":
            import subprocess
            return subprocess.Popen(["sleep", "1000"]).pid
        if first == "orphan":
            import subprocess
            subprocess.run(["sh", "-c", "sleep 0.3 & exit 0"])
        if first == "home":
            return os.environ["HOME"]
        if first == "large":
            return "x" * model_input[1]
        return model_input
"""


class Answer:
    """What an endpoint answered."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Endpoint:
    """A front in a process of its own, and a client of it."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log
        self.url = ""

    def logs(self) -> str:
        """What it has printed."""
        return self.log.read_text()

    def is_running(self) -> bool:
        """Whether the front has not ended."""
        return self.process.poll() is None

    def memory_bytes(self) -> int | None:
        """Not known."""
        return None

    def ask(self, method: str, path: str, body: bytes | None = None, content_type: str | None = None) -> Answer:
        """One request on a connection of its own."""
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)
        headers = {} if content_type is None else {"Content-Type": content_type}
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def predict(self, *values: Any) -> Answer:
        """Post a list as ``inputs``."""
        body = json.dumps({"inputs": list(values)}).encode()
        return self.ask("POST", "/invocations", body, "application/json")

    def wait_busy(self, workers: int = 1) -> None:
        """Wait until as many requests to sleep are with a worker."""
        until(lambda: self.logs().count("sleeping\n") >= workers, self.logs)

    def wait_ready(self) -> Endpoint:
        """Wait until /ping is answered 200."""
        until(lambda: self.ask("GET", "/ping").status == 200, self.logs)
        return self


def until(condition: Callable[[], bool], explain: Callable[[], object] = str, timeout_s: float = 20) -> None:
    """Wait until something is so."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, explain()
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether there is such a process and it has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def write_package(folder: Path, code: str = MODEL, signature: object = None, **config: object) -> Path:
    """A package of ``Model`` in ``code``, which needs no library; its document as ``model.json``."""
    root = folder / "model"
    (root / "code").mkdir(parents=True)
    (root / "code" / "toy.py").write_text(code)
    entry: dict[str, Any] = {"kind": "class", "entrypoint": "toy:Model", "pickle": None, "artifacts": {}}
    (root / "python_model.json").write_text(json.dumps(entry))
    flavor = {
        "loader_module": "mpk_python_model",
        "code": "code",
        "data": "python_model.json",
        "config": config,
    }
    document = {"flavors": {"python_function": flavor}, "signature": signature}
    (folder / "model.json").write_text(json.dumps(document))
    return root


def write_image(folder: Path, libraries: Path | None = None, code: str = MODEL, **config: object) -> Path:
    """The files of an image as they lie below ``/opt``, for a model that needs no library.

    ``libraries``: what to put in ``mpk/lib`` beside mpk, for a Python without the front's libraries.
    """
    mpk = folder / "mpk"
    lib = mpk / "lib"
    (lib / "mpk_build").mkdir(parents=True)
    (folder / "env").mkdir()
    source = PROJECT / "mpk_build"
    for name in ("__init__.py", "endpoint", "foundation"):
        (lib / "mpk_build" / name).symlink_to(source / name)
    for library in [] if libraries is None else libraries.iterdir():
        (lib / library.name).symlink_to(library)
    (mpk / "runtime").symlink_to(source / "runtime")
    (mpk / "serve.py").write_bytes((source / "endpoint" / "serve.py").read_bytes())
    write_package(folder, code, **config)
    (folder / "model.json").rename(mpk / "model.json")
    return folder


@contextlib.contextmanager
def started(
    image: Path,
    *,
    interpreter: Path | str = sys.executable,
    around: Sequence[str] = (),
    at: str | None = None,
    **settings: str,
) -> Iterator[Endpoint]:
    """A front that runs the files of ``write_image``; ``around`` runs it, and sees the files as ``at``."""
    log = image / "front.log"
    command = [*around, str(interpreter), "-I", "-B", f"{at or image}/mpk/serve.py"]
    environment = {"PATH": os.environ["PATH"], "MPK_LISTEN": "127.0.0.1:0", **settings}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment)
    endpoint = Endpoint(process, log)
    try:
        until(lambda: "Listening on " in endpoint.logs() or not endpoint.is_running(), endpoint.logs)
        found = re.search(r"Listening on (\S+)", endpoint.logs())
        assert found, endpoint.logs()
        endpoint.url = found[1]
        yield endpoint
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(2)
        process.kill()
        process.wait()
