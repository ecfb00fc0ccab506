"""The smoke test's client against real endpoints, good ones and bad ones."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from endpoints import Endpoint, started, write_image

from mpk_build.endpoint.client import asked, smoke_test
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JSON = "application/json"


def request(value: Any, content_type: str = JSON) -> dict[str, str]:
    return {"content_type": content_type, "body": value if isinstance(value, str) else json.dumps(value)}


def plan(**changed: Any) -> dict[str, Any]:
    return {
        "requests": [request({"inputs": [1, 2.5, "a"]}), request({"instances": [1, 2.5, "a"]})],
        "malformed": [request('{"dataframe_split": '), request({"not_an_input": 1})],
        "expected": {"predictions": [1, 2.5000001, "a"]},
        "tolerance": 1e-6,
        "compare": "values",
        **changed,
    }


def test_as_mlflow_an_endpoint_is_asked_no_csv() -> None:
    both = plan(requests=[request({"inputs": [1]}), request("a\n1\n", "text/csv")])
    assert asked(both, "strict") == both
    assert asked(both, "mlflow") == plan(requests=[request({"inputs": [1]})])


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with started(write_image(tmp_path_factory.mktemp("client") / "opt", load_s=0.5)) as one:
        yield one


def test_a_good_endpoint(endpoint: Endpoint) -> None:
    tested = smoke_test(endpoint, plan(), started=time.monotonic() - 1)
    assert 1 <= tested.ready_s < 5
    assert tested.latency_ms is not None
    assert 0 < tested.latency_ms["median"] <= tested.latency_ms["max"] < 1000
    assert tested.memory_mb is None
    assert tested.requests == 22
    assert [message.partition(" ")[0] for message in tested.rejected] == ["The", "The"]


def failure(served: Any, wait_s: float = 20, **changed: Any) -> str:
    with pytest.raises(StageError) as caught:
        smoke_test(served, plan(**changed), started=time.monotonic(), wait_s=wait_s)
    return caught.value.message


def test_other_predictions(endpoint: Endpoint) -> None:
    assert failure(endpoint, expected={"predictions": [1, 2.6, "a"]}) == (
        "POST /invocations with the input example as application/json gave other predictions than the source "
        "environment: row 1: expected 2.6, found 2.5."
    )


def test_a_model_that_fails_shows_its_log(endpoint: Endpoint) -> None:
    said = failure(endpoint, requests=[request({"inputs": ["raise"]})])
    first, _, rest = said.partition("\nIts last lines:\n")
    assert first == (
        "POST /invocations with the input example as application/json was answered 500, expected 200: "
        '{"error_code":"INTERNAL_ERROR","message":"The model raised ValueError while predicting; its log says more."}'
    )
    assert rest.endswith("ValueError: secret-value")


def test_malformed_input_that_is_taken(endpoint: Endpoint) -> None:
    said = failure(endpoint, malformed=[request({"inputs": [1]})])
    assert said.partition("\n")[0] == (
        """POST /invocations with the malformed application/json '{"inputs": [1]}' was answered 200, """
        'expected 400 with a message: {"predictions":[1]}'
    )


def test_an_endpoint_that_ends(tmp_path: Path) -> None:
    with started(write_image(tmp_path / "opt", broken=True)) as one:
        said = failure(one)
    assert said.startswith("The endpoint ended before it was ready.\nIts last lines:\n")
    assert said.endswith("RuntimeError: no weights")


def test_an_endpoint_that_takes_too_long(tmp_path: Path) -> None:
    with started(write_image(tmp_path / "opt", load_s=5)) as one:
        said = failure(one, wait_s=0.2)
    assert re.sub(r"127\S+", "URL", said) == (
        "The endpoint was not ready after 0.2 s; GET /ping was answered 503: "
        '{"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The model is loading."}.\n'
        "Its last lines:\nmpk: Listening on http://URL\nloading"
    )


class Elsewhere:
    """Something that runs, and nothing answers at its address."""

    url = "http://127.0.0.1:1"

    def is_running(self) -> bool:
        """Yes."""
        return True

    def logs(self) -> str:
        """Nothing was printed."""
        return ""

    def memory_bytes(self) -> int:
        """A number that is rounded."""
        return 123_456_789


def test_an_address_that_nothing_answers_at() -> None:
    assert failure(Elsewhere(), wait_s=0.1) == (
        "The endpoint was not ready after 0.1 s; GET /ping failed: [Errno 111] Connection refused."
    )


def test_what_an_endpoint_occupies(endpoint: Endpoint) -> None:
    class Weighed(Elsewhere):
        url = endpoint.url

    assert smoke_test(Weighed(), plan(), started=time.monotonic()).memory_mb == 123.5
