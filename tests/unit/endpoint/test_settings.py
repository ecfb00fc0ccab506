"""The environment variables of an image's endpoint."""

from __future__ import annotations

from mpk_build.endpoint.settings import from_environment


def test_the_defaults_are_for_a_container() -> None:
    assert from_environment({}) == {"host": "0.0.0.0", "port": 8080}  # noqa: S104 - a container's


def test_every_variable() -> None:
    settings = {
        "MPK_WORKERS": "4",
        "MPK_TIMEOUT": "2.5",
        "MPK_MAX_BODY": "1000",
        "MPK_PROTOCOL": "mlflow",
        "MPK_LISTEN": "[::1]:9000",
        "MPK_PORT": "tcp://10.0.0.1:80",
    }
    assert from_environment(settings) == {
        "workers": 4,
        "timeout_s": 2.5,
        "max_body_bytes": 1000,
        "protocol": "mlflow",
        "host": "::1",
        "port": 9000,
    }


def test_an_empty_variable_is_an_unset_one() -> None:
    settings = dict.fromkeys(["MPK_WORKERS", "MPK_TIMEOUT", "MPK_MAX_BODY", "MPK_PROTOCOL", "MPK_LISTEN"], "")
    assert from_environment(settings) == from_environment({})
