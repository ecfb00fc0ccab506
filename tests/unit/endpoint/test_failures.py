"""What an endpoint does when its model dies, hangs or does not load, and when it is ended itself."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from endpoints import Endpoint, alive, started, until, write_image


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_image(tmp_path / "opt")


def test_a_worker_that_is_killed_costs_its_request_only(image: Path) -> None:
    with started(image) as endpoint:
        endpoint.wait_ready()
        pid = endpoint.predict("pid").document["predictions"]
        with ThreadPoolExecutor() as threads:
            answer = threads.submit(endpoint.predict, "sleep", 20)
            endpoint.wait_busy()
            os.kill(pid, signal.SIGKILL)
            assert (answer.result().status, answer.result().document) == (
                500,
                {
                    "error_code": "INTERNAL_ERROR",
                    "message": "The model's process was killed by SIGKILL while it answered; it is being replaced.",
                },
            )
        # The next request waits for the next worker.
        after = endpoint.predict("pid")
        assert after.status == 200
        assert after.document["predictions"] != pid
        assert (
            f"mpk: The worker (process {pid}) was killed by SIGKILL; the next one starts in 0 s.\n" in endpoint.logs()
        )


def test_a_model_that_exits_costs_its_request_only(image: Path) -> None:
    with started(image) as endpoint:
        answer = endpoint.wait_ready().predict("exit")
        message = "The model's process ended with exit code 7 while it answered; it is being replaced."
        assert (answer.status, answer.document) == (500, {"error_code": "INTERNAL_ERROR", "message": message})
        assert endpoint.predict(1).status == 200


def test_who_waits_for_a_worker_that_dies_gets_the_next_one(image: Path) -> None:
    with started(image) as endpoint, ThreadPoolExecutor() as threads:
        pid = endpoint.wait_ready().predict("pid").document["predictions"]
        running = threads.submit(endpoint.predict, "sleep", 20)
        endpoint.wait_busy()
        waiting = [threads.submit(endpoint.predict, number) for number in range(3)]
        time.sleep(0.2)
        os.kill(pid, signal.SIGKILL)
        assert running.result().status == 500
        assert [one.result().document for one in waiting] == [{"predictions": [number]} for number in range(3)]


def test_an_idle_worker_that_is_killed_is_replaced(image: Path) -> None:
    with started(image) as endpoint:
        pid = endpoint.wait_ready().predict("pid").document["predictions"]
        os.kill(pid, signal.SIGKILL)
        until(lambda: not alive(pid))
        assert endpoint.predict("pid").document["predictions"] != pid


def test_a_prediction_that_takes_too_long_is_killed(image: Path) -> None:
    with started(image, MPK_TIMEOUT="0.5") as endpoint:
        pid = endpoint.wait_ready().predict("pid").document["predictions"]
        begun = time.monotonic()
        answer = endpoint.predict("sleep", 60)
        assert 0.5 <= time.monotonic() - begun < 10
        assert (answer.status, answer.document) == (
            504,
            {
                "error_code": "DEADLINE_EXCEEDED",
                "message": "The model did not answer within 0.5 s; its worker is being replaced.",
            },
        )
        until(lambda: not alive(pid))
        assert endpoint.predict("pid").document["predictions"] != pid
        assert (
            f"mpk: The worker (process {pid}) took longer than 0.5 s; the next one starts in 0 s.\n" in endpoint.logs()
        )


def test_what_a_killed_worker_had_started_is_ended_too(image: Path) -> None:
    with started(image, MPK_TIMEOUT="0.5") as endpoint:
        child = endpoint.wait_ready().predict("child").document["predictions"]
        assert alive(child)
        assert endpoint.predict("sleep", 60).status == 504
        until(lambda: not alive(child))


def test_a_request_that_no_worker_gets_to_is_told_to_come_back(image: Path) -> None:
    with started(image, MPK_TIMEOUT="1") as endpoint, ThreadPoolExecutor() as threads:
        endpoint.wait_ready()
        # Each takes less than the timeout; the third would have to wait for longer.
        busy = [threads.submit(endpoint.predict, "sleep", 0.8) for _ in range(2)]
        time.sleep(0.2)
        answer = endpoint.predict(1)
        assert [one.result().status for one in busy] == [200, 200]
        assert (answer.status, answer.document) == (
            503,
            {
                "error_code": "TEMPORARILY_UNAVAILABLE",
                "message": "No worker became free within 1 s; try again later.",
            },
        )
        assert answer.headers["retry-after"] == "1"
        assert endpoint.predict(1).status == 200


def test_workers_answer_at_the_same_time(image: Path, tmp_path: Path) -> None:
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    with started(image, MPK_WORKERS="2") as endpoint, ThreadPoolExecutor() as threads:
        endpoint.wait_ready()
        both = [threads.submit(endpoint.predict, "meet", str(meeting)) for _ in range(2)]
        assert [one.result().document for one in both] == [{"predictions": 2}] * 2


def test_requests_queue(image: Path) -> None:
    with started(image, MPK_WORKERS="2") as endpoint, ThreadPoolExecutor(20) as threads:
        endpoint.wait_ready()
        answers = [threads.submit(endpoint.predict, "sleep", 0.02, number) for number in range(40)]
        predictions = [one.result().document["predictions"] for one in answers]
    assert predictions == [["sleep", 0.02, number] for number in range(40)]


@pytest.fixture
def loading(tmp_path: Path) -> Path:
    return write_image(tmp_path / "opt", load_s=1.5)


def test_an_endpoint_that_loads_says_so(loading: Path) -> None:
    with started(loading) as endpoint:
        for answer in (endpoint.ask("GET", "/ping"), endpoint.ask("GET", "/health"), endpoint.predict(1)):
            assert (answer.status, answer.document) == (
                503,
                {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The model is loading."},
            )
        assert endpoint.ask("GET", "/version").status == 200
        assert endpoint.wait_ready().predict(1).status == 200


def test_sigterm_while_loading_ends_the_worker(loading: Path) -> None:
    with started(loading) as endpoint:
        until(lambda: "loading\n" in endpoint.logs())
        [worker] = workers_of(endpoint.process.pid)
        endpoint.process.terminate()
        assert endpoint.process.wait(5) == 0
        assert not alive(worker)


def test_a_model_that_does_not_load_ends_the_endpoint(tmp_path: Path) -> None:
    with started(write_image(tmp_path / "opt", broken=True)) as endpoint:
        assert endpoint.process.wait(10) == 1
        said = endpoint.logs().partition("mpk: The model")
        assert said[2].startswith(
            " does not load: RuntimeError: no weights. It printed:\nloading\nTraceback (most recent call last):\n"
        )
        assert said[2].endswith("RuntimeError: no weights\n")


def test_an_interpreter_that_dies_at_once_ends_the_endpoint(tmp_path: Path) -> None:
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n"
    with started(write_image(tmp_path / "opt", code=code)) as endpoint:
        assert endpoint.process.wait(10) == 1
        assert endpoint.logs().endswith(
            "mpk: The model does not load: its process was killed by SIGSEGV before it was ready.\n"
        )


def test_a_worker_that_cannot_come_back_is_tried_ever_more_slowly(image: Path) -> None:
    with started(image, MPK_TIMEOUT="1") as endpoint:
        pid = endpoint.wait_ready().predict("pid").document["predictions"]
        (image / "model" / "code" / "toy.py").write_text("raise RuntimeError('no more')")
        os.kill(pid, signal.SIGKILL)
        until(lambda: endpoint.logs().count("starts in") >= 3)
        pauses = re.findall(r"starts in (\S+) s", endpoint.logs())
        assert pauses[:3] == ["0", "0.5", "1"]
        assert "mpk: The model does not load: RuntimeError: no more. It printed:\n" in endpoint.logs()
        assert endpoint.ask("GET", "/ping").status == 503
        assert endpoint.predict(1).document["message"] == "No worker became free within 1 s; try again later."
        # and it recovers
        (image / "model" / "code" / "toy.py").write_text("class Model:\n    def predict(self, x): return x")
        assert endpoint.wait_ready().predict(1).document == {"predictions": [1]}


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_a_front_that_is_killed_leaves_no_worker(image: Path, *, busy: bool) -> None:
    with started(image, MPK_WORKERS="2") as endpoint:
        endpoint.wait_ready()
        until(lambda: len(workers_of(endpoint.process.pid)) == 2)
        workers = workers_of(endpoint.process.pid)
        if busy:
            for _ in range(2):
                threading.Thread(target=abandoned, args=(endpoint,), daemon=True).start()
            endpoint.wait_busy(2)
        endpoint.process.kill()
        endpoint.process.wait()
        until(lambda: not any(alive(pid) for pid in workers), timeout_s=5)


def abandoned(endpoint: Endpoint) -> None:
    """Ask for what nobody is going to answer."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        endpoint.predict("sleep", 60)


def test_sigterm_answers_what_is_in_it_and_refuses_what_comes(image: Path) -> None:
    with started(image) as endpoint, ThreadPoolExecutor() as threads:
        worker = endpoint.wait_ready().predict("pid").document["predictions"]
        running = threads.submit(endpoint.predict, "sleep", 2, "running")
        endpoint.wait_busy()
        waiting = threads.submit(endpoint.predict, "waiting")
        time.sleep(0.2)
        endpoint.process.terminate()
        until(lambda: is_refused(endpoint), endpoint.logs)
        assert not running.done()
        assert running.result().document == {"predictions": ["sleep", 2, "running"]}
        assert waiting.result().document == {"predictions": ["waiting"]}
        assert endpoint.process.wait(5) == 0
        assert not alive(worker)
        assert "Traceback" not in endpoint.logs()


def is_refused(endpoint: Endpoint) -> bool:
    try:
        endpoint.ask("GET", "/version")
    except ConnectionError:
        return True
    return False


def test_nothing_is_left_in_the_temporary_folder(image: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with started(image, TMPDIR=str(temporary)) as endpoint:
        home = endpoint.wait_ready().predict("home").document["predictions"]
        [folder] = temporary.iterdir()
        assert home == str(folder / "home")
        assert folder.stat().st_mode & 0o777 == 0o700
        endpoint.process.terminate()
        endpoint.process.wait(5)
    assert list(temporary.iterdir()) == []


def test_a_temporary_folder_with_a_long_name_is_not_used_for_sockets(image: Path, tmp_path: Path) -> None:
    temporary = tmp_path / ("long" * 30)
    temporary.mkdir()
    with started(image, TMPDIR=str(temporary)) as endpoint:
        assert endpoint.wait_ready().predict(1).status == 200


def test_a_home_that_can_be_written_is_kept(image: Path, tmp_path: Path) -> None:
    with started(image, HOME=str(tmp_path)) as endpoint:
        assert endpoint.wait_ready().predict("home").document == {"predictions": str(tmp_path)}


def run_front(image: Path, **environment: str) -> tuple[int, str]:
    finished = subprocess.run(
        [sys.executable, "-I", "-B", str(image / "mpk" / "serve.py")],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert finished.stdout == ""
    return finished.returncode, finished.stderr


def test_a_port_that_is_taken(image: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run_front(image, MPK_LISTEN=f"127.0.0.1:{port}") == (
            3,
            f"mpk: Can't listen on 127.0.0.1, port {port}: Address already in use.\nTo do: choose another port\n",
        )


def test_a_host_that_is_not_there(image: Path) -> None:
    code, said = run_front(image, MPK_LISTEN="no-such-host.invalid:80")
    assert code == 3
    assert said.startswith("mpk: Can't listen on no-such-host.invalid, port 80: ")


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        ("MPK_WORKERS", "two", "MPK_WORKERS: found 'two', expected a whole number"),
        ("MPK_WORKERS", "0", "workers: found 0, expected at least 1"),
        ("MPK_TIMEOUT", "nan", "timeout_s: found nan, expected seconds above 0"),
        ("MPK_PROTOCOL", "lenient", "protocol: found 'lenient', expected strict or mlflow"),
        ("MPK_LISTEN", "8080", "MPK_LISTEN: found '8080', expected an address and a port, like 0.0.0.0:8080"),
        ("MPK_LISTEN", "0.0.0.0:99999", "port: found 99999, expected 0 to 65535"),
    ],
)
def test_settings_that_cannot_be(image: Path, variable: str, value: str, message: str) -> None:
    assert run_front(image, **{variable: value}) == (2, f"mpk: {message}\n")


def workers_of(front: int) -> list[int]:
    children = Path(f"/proc/{front}/task/{front}/children").read_text().split()
    return [int(pid) for pid in children]
