"""The routes of a real front with a real worker behind it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import statistics
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from endpoints import Endpoint, started, write_image

from mpk_build import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUTES = "there are GET /ping, /health and /version, and POST /invocations."


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    image = write_image(tmp_path_factory.mktemp("front") / "opt")
    with started(image, MPK_MAX_BODY="1000", MPK_TIMEOUT="2") as one:
        yield one.wait_ready()


def raw(endpoint: Endpoint, sent: bytes) -> tuple[bytes, bytes]:
    """The head and body that answer some bytes; the connection is closed after them."""
    parts = urlsplit(endpoint.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(sent)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return head, body


@pytest.mark.parametrize("path", ["/ping", "/health"])
def test_a_ready_endpoint_answers_an_empty_line(endpoint: Endpoint, path: str) -> None:
    answer = endpoint.ask("GET", path)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"\n", "application/json")


def test_the_version_is_that_of_mpk(endpoint: Endpoint) -> None:
    answer = endpoint.ask("GET", "/version")
    assert (answer.status, answer.body) == (200, __version__.encode())
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"


def test_predictions_come_as_the_worker_wrote_them(endpoint: Endpoint) -> None:
    answer = endpoint.predict(1, 2.5, "ä", None)
    assert (answer.status, answer.body) == (200, '{"predictions":[1,2.5,"ä",null]}'.encode())
    assert answer.headers["content-type"] == "application/json"
    assert "server" not in answer.headers


def test_bad_input_is_refused_by_the_worker_and_the_worker_goes_on(endpoint: Endpoint) -> None:
    before = endpoint.predict("pid").document
    answer = endpoint.ask("POST", "/invocations", b"{", "application/json")
    assert (answer.status, answer.document["error_code"]) == (400, "BAD_REQUEST")
    answer = endpoint.ask("POST", "/invocations", b"<x/>", "text/xml")
    assert (answer.status, answer.document) == (
        415,
        {
            "error_code": "BAD_REQUEST",
            "message": "Content-Type must be application/json, text/csv or application/vnd.apache.parquet; found 'text/xml'.",
        },
    )
    assert endpoint.predict("pid").document == before


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "ENDPOINT_NOT_FOUND"),
        ("POST", "/predict", 404, "ENDPOINT_NOT_FOUND"),
        ("GET", "/invocations", 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/ping", 405, "METHOD_NOT_ALLOWED"),
        ("DELETE", "/version", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_other_routes(endpoint: Endpoint, method: str, path: str, status: int, code: str) -> None:
    answer = endpoint.ask(method, path)
    assert answer.status == status
    assert answer.document == {"error_code": code, "message": f"There is no {method} {path}; {ROUTES}"}


def test_a_405_says_what_is_allowed(endpoint: Endpoint) -> None:
    assert endpoint.ask("GET", "/invocations").headers["allow"] == "POST"


def test_a_request_without_content_type(endpoint: Endpoint) -> None:
    answer = endpoint.ask("POST", "/invocations", b'{"inputs": [1]}')
    assert answer.status == 415
    assert answer.document == {
        "error_code": "BAD_REQUEST",
        "message": "The request has no Content-Type header; send application/json or text/csv.",
    }


TOO_LARGE = {"error_code": "PAYLOAD_TOO_LARGE", "message": "The body is larger than 1000 bytes."}


def test_a_body_that_is_announced_as_too_large(endpoint: Endpoint) -> None:
    answer = endpoint.ask("POST", "/invocations", b"1" * 3_000_000, "application/json")
    assert (answer.status, answer.document) == (413, TOO_LARGE)


def test_a_body_that_grows_too_large(endpoint: Endpoint) -> None:
    chunk = b"258\r\n" + b"1" * 600 + b"\r\n"
    head, body = raw(
        endpoint,
        b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n" + chunk + chunk + b"0\r\n\r\n",
    )
    assert head.startswith(b"HTTP/1.1 413 ")
    assert json.loads(body) == TOO_LARGE


def test_a_body_of_just_the_limit(endpoint: Endpoint) -> None:
    body = b'{"inputs": ["' + b"1" * 984 + b'"]}'
    assert len(body) == 1000
    assert endpoint.ask("POST", "/invocations", body, "application/json").status == 200


def test_a_body_that_does_not_arrive(endpoint: Endpoint) -> None:
    head, body = raw(
        endpoint,
        b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: 10\r\n\r\n{",
    )
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body) == {
        "error_code": "REQUEST_TIMEOUT",
        "message": "The body did not arrive within 2 s.",
    }


def test_what_is_not_http_gets_an_error_in_our_form_too(endpoint: Endpoint) -> None:
    head, body = raw(endpoint, b"\x16\x03\x01 hello\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n")
    assert json.loads(body) == {"error_code": "BAD_REQUEST", "message": "Invalid HTTP request received."}


def test_a_client_that_goes_away_harms_nobody(endpoint: Endpoint) -> None:
    parts = urlsplit(endpoint.url)
    start = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.sendall(start)
    assert endpoint.predict(1).document == {"predictions": [1]}
    assert "Traceback" not in endpoint.logs()


def test_the_models_own_error_is_a_500_without_its_data(endpoint: Endpoint) -> None:
    answer = endpoint.predict("raise")
    assert (answer.status, answer.document) == (
        500,
        {
            "error_code": "INTERNAL_ERROR",
            "message": "The model raised ValueError while predicting; its log says more.",
        },
    )
    assert "ValueError: secret-value" in endpoint.logs()


def test_answers_on_a_kept_connection_are_not_delayed(endpoint: Endpoint) -> None:
    parts = urlsplit(endpoint.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    times = []
    with contextlib.closing(connection):
        for _ in range(20):
            begun = time.perf_counter()
            connection.request("POST", "/invocations", b'{"inputs": [1]}', {"Content-Type": "application/json"})
            assert connection.getresponse().read() == b'{"predictions":[1]}'
            times.append(time.perf_counter() - begun)
    assert statistics.median(times) < 0.03


def test_a_large_answer(endpoint: Endpoint) -> None:
    assert endpoint.predict("large", 5_000_000).document == {"predictions": "x" * 5_000_000}
