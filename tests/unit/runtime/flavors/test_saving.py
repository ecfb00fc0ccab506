"""What is saved is told, and what a model would not get of the manifest is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from mpk_runtime.flavors import saving, table

if TYPE_CHECKING:
    from pathlib import Path

NAMES = "lightgbm, onnx, pytorch, sklearn, xgboost"


@pytest.mark.parametrize(
    ("name", "flavor", "message"),
    [
        (
            "churn.json",
            None,
            "its name does not tell which library saved churn.json; expected model: {flavor: NAME} with one of "
            + NAMES,
        ),
        (
            "churn.json",
            "xgbost",
            "there is no flavor 'xgbost'; expected model: {flavor: NAME} with one of " + NAMES,
        ),
        (
            "churn.pkl",
            "python_function",
            "there is no flavor 'python_function'; expected model: {flavor: NAME} with one of " + NAMES,
        ),
    ],
)
def test_a_file_that_no_flavor_knows_is_told(tmp_path: Path, name: str, flavor: str | None, message: str) -> None:
    with pytest.raises(saving.AdoptionError) as told:
        saving.adopt(f"models/{name}", flavor, str(tmp_path))
    assert str(told.value) == message


@pytest.mark.parametrize(
    ("raised", "message"),
    [
        (ValueError("[10:11:12] /src/a.cc:12: Check failed: wrong\nStack trace:\n  0"), "Check failed: wrong"),
        (EOFError(), "EOFError"),
    ],
)
def test_what_a_library_says_of_a_file_is_told_in_short(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, raised: Exception, message: str
) -> None:
    class Broken:
        @staticmethod
        def adopt(*_: str) -> dict[str, Any]:
            raise raised

    monkeypatch.setattr(table, "ROWS", (table.Row("celsius", (), Broken, None, (".celsius",)),))
    with pytest.raises(saving.AdoptionError) as told:
        saving.adopt("models/a.celsius", None, str(tmp_path))
    assert str(told.value) == f"celsius can't read a.celsius: {message}"


@pytest.mark.parametrize(
    ("kind", "config", "message"),
    [
        ("sklearn", {"b": 1, "a": 2}, "a model of the flavor sklearn reads none; found a, b"),
        ("pytorch", {"device": "cpu", "a": 2}, "a model of the flavor pytorch reads device alone; found a"),
        ("pytorch", {"device": "cpu"}, None),
        ("instance", {"a": 1}, None),
        ("sklearn", {}, None),
    ],
)
def test_config_that_a_model_does_not_read_is_refused(kind: str, config: dict[str, Any], message: str | None) -> None:
    assert refused(saving.check_config, kind, config) == message


@pytest.mark.parametrize(
    ("kind", "params", "message"),
    [
        ("onnx", {"a": 1}, "a model of the flavor onnx is called without params, under MLflow too"),
        ("onnx", {}, None),
        ("xgboost", {"a": 1}, None),
        ("function", {"a": 1}, None),
    ],
)
def test_params_that_a_model_does_not_get_are_refused(kind: str, params: dict[str, Any], message: str | None) -> None:
    assert refused(saving.check_params, kind, params) == message


def refused(check: Any, kind: str, given: dict[str, Any]) -> str | None:
    """What a check says, or None."""
    try:
        check(kind, given)
    except ValueError as error:
        return str(error)
    return None
