"""From a body to an answer: nothing that a client sends or a model raises ends the process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.loading import LoadedModel
from mpk_runtime.scoring import Scorer
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    import pytest

JSON = "application/json"


def answer(body: bytes, function: Any = lambda value, _params: value) -> tuple[int, Any]:
    status, text = Scorer(LoadedModel(function), Enforcement(Signature(None, None, None))).answer(body, JSON)
    return status, json.loads(text.decode("utf-8"))


def test_predictions_are_answered() -> None:
    assert answer('{"inputs": ["é", null]}'.encode()) == (200, {"predictions": ["é", None]})


def test_a_request_that_is_refused_is_answered() -> None:
    assert answer(b"{") == (
        400,
        {
            "error_code": "BAD_REQUEST",
            "message": "The body is not JSON: Expecting property name enclosed in double quotes at line 1, column 2.",
        },
    )


def test_half_a_surrogate_pair_is_answered() -> None:
    assert answer(b'{"inputs": "\\ud83d"}') == (200, {"predictions": "\ud83d"})
    status, document = answer(b'{"\\ud83d": 1}')
    assert (status, document["message"].endswith("found '\ud83d'.")) == (400, True)


def test_what_the_model_raises_is_its_own_fault(capsys: pytest.CaptureFixture[str]) -> None:
    def predict(_value: Any, _params: Any) -> None:
        raise KeyError("secret")

    message = "The model raised KeyError while predicting; its log says more."
    assert answer(b'{"inputs": 1}', predict) == (500, {"error_code": "INTERNAL_ERROR", "message": message})
    assert "KeyError: 'secret'" in capsys.readouterr().err


def test_what_json_has_no_form_for_is_the_model_s_fault() -> None:
    message = "The model raised TypeError while predicting; its log says more."
    assert answer(b'{"inputs": 1}', lambda _value, _params: {1}) == (
        500,
        {"error_code": "INTERNAL_ERROR", "message": message},
    )
