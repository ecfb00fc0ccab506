"""The client that tests a running endpoint, with the standard library's HTTP."""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import time
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from mpk_build.endpoint.comparing import difference
from mpk_build.foundation.errors import StageError

_TIMED_REQUESTS = 20
_PAUSE_S = 0.05
_ANSWER_S = 120.0
_PING_S = 5.0
_LOG_LINES = 20
_SHOWN = 200
_OK = 200
_REFUSED = 400


class Served(Protocol):
    """An endpoint that runs, wherever that is."""

    @property
    def url(self) -> str:
        """``http://host:port``."""

    def is_running(self) -> bool:
        """Whether its first process has not ended."""

    def logs(self) -> str:
        """What it has printed until now."""

    def memory_bytes(self) -> int | None:
        """What its processes occupy, None where that is not known."""


@dataclass(frozen=True)
class Tested:
    """What a smoke test measured.

    Attributes:
        ready_s: Seconds from ``started`` to the first good answer of /ping.
        latency_ms: The median and the maximum of sequential requests, each with a connection of its own; None where
            the plan has no request.
        memory_mb: 10**6 bytes that the endpoint occupies after them, None where that is not known.
        requests: How many requests were answered with the recorded predictions.
        rejected: The message that answered each malformed request.
    """

    ready_s: float
    latency_ms: dict[str, float] | None
    memory_mb: float | None
    requests: int
    rejected: list[str]


def asked(plan: dict[str, Any], protocol: str) -> dict[str, Any]:
    """A plan with the requests that an endpoint of that protocol answers."""
    if protocol == "strict":
        return plan
    # MLflow reads no dates in CSV, and takes base64 for the bytes themselves.
    return {**plan, "requests": [one for one in plan["requests"] if one["content_type"] != "text/csv"]}


def smoke_test(served: Served, plan: dict[str, Any], *, started: float, wait_s: float = 120.0) -> Tested:
    """Test an endpoint with recorded requests, which give the recorded predictions, and malformed ones.

    ``plan``: of `mpk_build.package.replay.requests`. ``started``: `time.monotonic` when the endpoint was started.
    ``wait_s``: how long it may take to get ready.

    Raises:
        StageError: It does not get ready, or does not answer as it should.
    """
    _wait_ready(served, wait_s)
    ready_s = time.monotonic() - started
    for request in plan["requests"]:
        _expect_predictions(served, request, plan)
    rejected = [_expect_refusal(served, request) for request in plan["malformed"]]
    times_ms = [_time_ms(served, request) for request in plan["requests"][:1] for _ in range(_TIMED_REQUESTS)]
    occupied = served.memory_bytes()
    return Tested(
        ready_s=round(ready_s, 3),
        latency_ms={"median": round(statistics.median(times_ms), 2), "max": round(max(times_ms), 2)}
        if times_ms
        else None,
        memory_mb=None if occupied is None else round(occupied / 1e6, 1),
        requests=len(plan["requests"]) + len(times_ms),
        rejected=rejected,
    )


def _wait_ready(served: Served, wait_s: float) -> None:
    end = time.monotonic() + wait_s
    last = "nothing answered"
    while True:
        if not served.is_running():
            raise StageError(f"The endpoint ended before it was ready.{_tail(served)}")
        try:
            status, body = _ask(served, "GET", "/ping", timeout_s=_PING_S)
        except (OSError, http.client.HTTPException) as error:
            last = f"GET /ping failed: {error}"
        else:
            if status == _OK:
                return
            last = f"GET /ping was answered {status}: {_shown(body)}"
        if time.monotonic() > end:
            raise StageError(f"The endpoint was not ready after {wait_s:g} s; {last}.{_tail(served)}")
        time.sleep(_PAUSE_S)


def _expect_predictions(served: Served, request: dict[str, str], plan: dict[str, Any]) -> None:
    what = f"POST /invocations with the input example as {request['content_type']}"
    status, body = _post(served, request, what)
    if status != _OK:
        raise StageError(f"{what} was answered {status}, expected 200: {_shown(body)}{_tail(served)}")
    answer = _document(body)
    if not isinstance(answer, dict) or "predictions" not in answer:
        raise StageError(f'{what}: expected {{"predictions": ...}}, found {_shown(body)}')
    found = difference(plan, answer["predictions"])
    if found is not None:
        raise StageError(f"{what} gave other predictions than the source environment: {found}.")


def _expect_refusal(served: Served, request: dict[str, str]) -> str:
    what = f"POST /invocations with the malformed {request['content_type']} {_shown(request['body'].encode())!r}"
    status, body = _post(served, request, what)
    answer = _document(body)
    message = answer.get("message") if isinstance(answer, dict) else None
    if status != _REFUSED or not isinstance(message, str) or not message.strip():
        raise StageError(f"{what} was answered {status}, expected 400 with a message: {_shown(body)}{_tail(served)}")
    return message


def _time_ms(served: Served, request: dict[str, str]) -> float:
    begun = time.perf_counter()
    _post(served, request, "POST /invocations")
    return (time.perf_counter() - begun) * 1000


def _post(served: Served, request: dict[str, str], what: str) -> tuple[int, bytes]:
    try:
        return _ask(served, "POST", "/invocations", request)
    except (OSError, http.client.HTTPException) as error:
        reason = f"{type(error).__name__}: {error}"
        raise StageError(f"{what} was not answered: {reason}.{_tail(served)}") from error


def _ask(
    served: Served,
    method: str,
    path: str,
    request: dict[str, str] | None = None,
    timeout_s: float = _ANSWER_S,
) -> tuple[int, bytes]:
    parts = urlsplit(served.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=timeout_s)
    with contextlib.closing(connection):
        if request is None:
            connection.request(method, path)
        else:
            connection.request(method, path, request["body"].encode(), {"Content-Type": request["content_type"]})
        response = connection.getresponse()
        return response.status, response.read()


def _document(body: bytes) -> Any:
    """The JSON value in a body; None where it is not JSON."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def _shown(body: bytes) -> str:
    text = body.decode(errors="replace")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


def _tail(served: Served) -> str:
    lines = served.logs().splitlines()[-_LOG_LINES:]
    return "" if not lines else "\nIts last lines:\n" + "\n".join(lines)
