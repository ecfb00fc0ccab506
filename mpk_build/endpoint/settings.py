"""The environment variables that an image's endpoint reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Not MPK_PORT: Kubernetes sets that, to a URL, in every pod beside a service that is called mpk.
_VARIABLES: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "MPK_WORKERS": ("workers", int, "a whole number"),
    "MPK_TIMEOUT": ("timeout_s", float, "a number of seconds"),
    "MPK_MAX_BODY": ("max_body_bytes", int, "a number of bytes"),
    "MPK_PROTOCOL": ("protocol", str, "strict or mlflow"),
}
_LISTEN = "MPK_LISTEN"
_DEFAULT_LISTEN = "0.0.0.0:8080"


def from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    """The settings among the environment variables, as arguments of ``ServeOptions``; empty ones are unset.

    Raises:
        UsageError: One is not what it should be.
    """
    settings: dict[str, Any] = {}
    for variable, (name, convert, expected) in _VARIABLES.items():
        text = environment.get(variable, "")
        if text:
            try:
                settings[name] = convert(text)
            except ValueError:
                raise UsageError(f"{variable}: found '{text}', expected {expected}") from None
    listen = environment.get(_LISTEN) or _DEFAULT_LISTEN
    host, colon, port = listen.rpartition(":")
    if not (colon and host and port.isdecimal()):
        raise UsageError(f"{_LISTEN}: found '{listen}', expected an address and a port, like {_DEFAULT_LISTEN}")
    return {**settings, "host": host.strip("[]"), "port": int(port)}
