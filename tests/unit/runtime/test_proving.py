"""The signature of an input example: of what is declared, hinted or inferred; and what does not go with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from mpk_runtime import mpk_python_model, proving
from mpk_runtime.enforcement import Enforcement
from mpk_runtime.flavors import python_model
from mpk_runtime.loading import LoadedModel
from mpk_runtime.request_error import RequestError
from mpk_runtime.scoring import Scorer
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
PERSON = {
    "type": "object",
    "properties": {"born": {"type": "datetime", "required": True}, "name": {"type": "string", "required": True}},
    "required": True,
}


def attempt(_phase: str, action: Callable[[], T]) -> T:
    return action()


def described(example: Any, **given: Any) -> dict[str, Any]:
    asked = {"example": None if example is None else {"data": example}, "params": {}, **given}
    return proving.describe(asked, attempt)


def signature_of(found: dict[str, Any]) -> dict[str, Any]:
    return {name: part and json.loads(part) for name, part in found["signature"].items()}


def test_what_is_declared_goes_before_what_is_hinted_and_inferred() -> None:
    declared = {"inputs": [{"type": "double", "name": "a", "required": True}], "outputs": None, "params": None}
    found = described([{"a": 1}], declared=declared, hinted=([PERSON], None))
    assert signature_of(found) == declared
    assert (found["from_type_hint"], found["input"]) == (False, None)
    assert found["example"]["request"] == {"dataframe_split": {"columns": ["a"], "data": [[1.0]]}}


def test_hints_go_before_what_is_inferred_and_keep_a_list_a_list() -> None:
    example = [{"name": "Ada", "born": "1815-12-10"}]
    found = described(example, hinted=([PERSON], [{"type": "string", "required": True}]))
    assert signature_of(found) == {
        "inputs": [PERSON],
        "outputs": [{"type": "string", "required": True}],
        "params": None,
    }
    assert (found["from_type_hint"], found["input"]) == (True, "type_hint")
    assert found["example"]["request"] == {"inputs": [{"name": "Ada", "born": "1815-12-10T00:00:00"}]}
    assert described(None, hinted=([PERSON], None))["input"] == "type_hint"


def test_params_may_be_declared_alone() -> None:
    params = [{"name": "on", "default": "2026-01-31", "shape": None, "type": "datetime"}]
    found = described([1.5], declared={"inputs": None, "outputs": None, "params": params}, params={"on": "2026-01-31"})
    assert signature_of(found)["params"] == params
    assert signature_of(found)["inputs"][0]["type"] == "tensor"


def test_an_example_of_another_type_than_declared_is_told() -> None:
    declared = {"inputs": [{"type": "long", "name": "a", "required": True}], "outputs": None, "params": None}
    with pytest.raises(
        RequestError,
        match=r"^Column 'a', row 1: the number 1\.5, which has a fraction, where a 64-bit integer is expected\.$",
    ):
        described([{"a": 1}, {"a": 1.5}], declared=declared)
    with pytest.raises(RequestError, match=r"^Model is missing inputs \['a'\]\.$"):
        described([{"b": 1}], declared=declared)


def test_an_example_of_another_type_than_hinted_is_told_as_such() -> None:
    message = r"^Value 0: the integer 1, where a string is expected\. The type hint of predict says so\.$"
    with pytest.raises(RequestError, match=message):
        described([1], hinted=([{"type": "string", "required": True}], None))


def test_what_a_hint_refuses_is_the_caller_s_fault() -> None:
    def predict(names: list[bytes]) -> list[int]:
        return [len(name) for name in names]

    native = mpk_python_model.PythonModel(predict, mpk_python_model.Context({}, {}), "type_hint")
    model = LoadedModel(python_model.function(native, {}))
    scorer = Scorer(model, Enforcement(Signature(None, None, None)))
    assert scorer.answer(b'{"inputs": ["AAE="]}', "application/json") == (200, b'{"predictions":[2]}')
    status, body = scorer.answer(b'{"inputs": ["AAE=", "?"]}', "application/json")
    message = "The model input is not what its type hint says: the input[1] is text that is not base64."
    assert (status, json.loads(body)) == (400, {"error_code": "INVALID_PARAMETER_VALUE", "message": message})


@pytest.mark.parametrize(("package", "kind"), [(None, "list"), ({"mlflow_version": "2.9.2"}, "DataFrame")])
def test_a_package_is_proven_with_what_it_is_served_with(package: Any, kind: str) -> None:
    declared = {"inputs": [{"type": "string", "required": True}], "outputs": None, "params": None}
    found = described(["a", "b"], declared=declared, package=package)
    loaded = LoadedModel(lambda data, _params: [type(data).__name__])
    asked = {"described": found, "compare": "auto", "document": package or {}}
    proven = proving.predict(loaded, asked, attempt)
    assert (proven["predictions"], proven["not_over_http"]) == ([kind], None)
    again = proving.predict_again(loaded, {**asked, **proven}, attempt)
    served = Scorer(loaded, Enforcement.of_package({**(package or {}), "signature": proven["signature"]}))
    assert again["predictions"] == served.predict(b'{"inputs": ["a", "b"]}', "application/json") == [kind]
