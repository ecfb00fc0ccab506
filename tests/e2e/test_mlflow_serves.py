"""MLflow's own scoring server and mpk's endpoint, with one package: the same answers to the same requests."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from e2e import mlflow_environment
from e2e.projects import Project, packaged_example
from endpoints import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return packaged_example(tmp_path_factory)


@pytest.fixture(scope="module")
def mlflow_port(penguins: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    interpreter = mlflow_environment.python(tuple(penguins.requirements))
    port = free_port()
    options = ["--env-manager", "local", "--host", "127.0.0.1", "--port", str(port)]
    command: list[Path | str] = [interpreter.parent / "mlflow", "models", "serve", "-m", penguins.model, *options]
    folder = tmp_path_factory.mktemp("mlflow")
    with running(command, folder, mlflow_environment.environment(interpreter)) as log:
        until(lambda: answers(port), log.read_text, timeout_s=120)
        yield port


@pytest.fixture(scope="module")
def mpk_port(penguins: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with served(penguins, tmp_path_factory.mktemp("mpk")) as port:
        yield port


@contextlib.contextmanager
def served(package: Project, folder: Path, *options: str) -> Iterator[int]:
    command: list[Path | str] = [sys.executable, "-m", "mpk_build", "serve", package.model, "--port", "0", *options]
    with running(command, folder, dict(os.environ)) as log:
        until(lambda: "Listening on" in log.read_text(), log.read_text, timeout_s=120)
        found = re.search(r"Listening on http://127\.0\.0\.1:(\d+)", log.read_text())
        assert found
        port = int(found[1])
        until(lambda: answers(port), log.read_text, timeout_s=120)
        yield port


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def running(command: list[Path | str], folder: Path, env: dict[str, str]) -> Iterator[Path]:
    """A server, with all that it starts, for as long as the block runs; its log."""
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
    try:
        yield log
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(port: int, method: str, path: str, body: bytes | None = None, content_type: str = "") -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request(method, path, body, {"Content-Type": content_type} if content_type else {})
        response = connection.getresponse()
        return response.status, response.read()


def answers(port: int) -> bool:
    try:
        return ask(port, "GET", "/ping")[0] == 200
    except OSError:
        return False


def requests(package: Project) -> dict[str, tuple[str, bytes]]:
    example = json.loads((package.model / "serving_input_example.json").read_text())
    frame = pd.DataFrame(**example["dataframe_split"])
    records = json.loads(frame.to_json(orient="records"))
    return {
        "split": ("application/json", json.dumps(example).encode()),
        "records": ("application/json; charset=utf-8", json.dumps({"dataframe_records": records}).encode()),
        "columns": ("application/json", json.dumps({"inputs": {"x": [1]}}).encode()),
        "csv": ("text/csv", frame.to_csv(index=False).encode()),
    }


@pytest.mark.parametrize("form", ["split", "records", "csv"])
def test_both_answer_the_same(form: str, penguins: Project, mlflow_port: int, mpk_port: int) -> None:
    content_type, body = requests(penguins)[form]
    theirs, ours = (ask(port, "POST", "/invocations", body, content_type) for port in (mlflow_port, mpk_port))
    assert (theirs[0], ours[0]) == (200, 200), (theirs, ours)
    assert json.loads(ours[1]) == json.loads(theirs[1]) == {"predictions": penguins.predict()}


def test_with_the_protocol_mlflow_both_convert_the_same(penguins: Project, mlflow_port: int, tmp_path: Path) -> None:
    _, body = requests(penguins)["records"]
    document = json.loads(body)
    # text for a number, a fraction for an integer
    document["dataframe_records"][0].update(bill_length_mm="39.1", year=2007.9)
    asked = "POST", "/invocations", json.dumps(document).encode(), "application/json"
    with served(penguins, tmp_path, "--protocol", "mlflow") as port:
        assert ask(mlflow_port, *asked)[0] == 200
        assert json.loads(ask(port, *asked)[1]) == json.loads(ask(mlflow_port, *asked)[1])


def test_both_refuse_the_same(penguins: Project, mlflow_port: int, mpk_port: int) -> None:
    content_type, body = requests(penguins)["columns"]
    theirs, ours = (ask(port, "POST", "/invocations", body, content_type) for port in (mlflow_port, mpk_port))
    missing = "Model is missing inputs ['island', 'year']."
    assert (ours[0], json.loads(ours[1])) == (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": missing})
    assert (theirs[0], json.loads(theirs[1])["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert missing in json.loads(theirs[1])["message"]
