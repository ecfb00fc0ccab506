"""An MLflow tracking server, by its REST API: https://mlflow.org/docs/latest/api_reference/rest-api.html.

Credentials are those of the variables that MLflow itself reads; they go to the server, and into nothing else.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.uris.addresses import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import requests

_TIMEOUT_S = (15, 300)
_ERRORS = 400
_REFUSED = (401, 403)
_UNKNOWN = 404
_OF_THE_SERVER = 500
_ARTIFACTS = "2.0/mlflow-artifacts/artifacts"


class NotThereError(UsageError):
    """The server does not know what it was asked for, or how to answer."""


class ExistsError(UsageError):
    """The server has what was to be made."""


class Server:
    """One server.

    Attributes:
        address: Where it is, without credentials.
    """

    def __init__(self, address: str, *, trusted: bool = True) -> None:
        self._address = address.rstrip("/")
        self.address = shown(self._address).rstrip("/")
        self._trusted = trusted
        self._session: requests.Session | None = None

    def get(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        """The JSON answer to a GET below ``/api/``.

        Raises:
            NotThereError: The server does not have it.
            UsageError: It refuses.
            MachineError: It can't be reached, or fails.
        """
        found: dict[str, Any] = _json(self._call("GET", f"api/{path}", params=query), self.address)
        return found

    def send(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """The JSON answer to a body; raises as `get` does."""
        found: dict[str, Any] = _json(self._call(method, f"api/{path}", json=body), self.address)
        return found

    def major(self) -> int:
        """The first number of its version; 1 for a server that is too old to say."""
        try:
            return int(self._call("GET", "version").text.partition(".")[0])
        except (NotThereError, ValueError):
            return 1

    def files(self, path: str) -> Iterator[tuple[str, int]]:
        """Path below ``path``, and size, of every file in the server's own artifact store."""
        for one in self.get(_ARTIFACTS, {"path": path}).get("files", []):
            name = str(one["path"]).rpartition("/")[2]
            if name in ("", ".", ".."):
                raise MachineError(f"{self.address} lists a file with the name '{name}'; left alone")
            if one.get("is_dir"):
                yield from ((f"{name}/{below}", size) for below, size in self.files(f"{path}/{name}"))
            else:
                yield name, int(one.get("file_size") or 0)

    def download(self, path: str, target: Path) -> None:
        """Fetch one file of its artifact store."""
        import requests

        try:
            with self._call("GET", f"api/{_ARTIFACTS}/{quote(path)}", stream=True) as answer, target.open("wb") as file:
                for block in answer.iter_content(2**20):
                    file.write(block)
        except requests.RequestException as error:
            raise MachineError(f"{self.address} broke off: {type(error).__name__}") from None

    def upload(self, file: Path, path: str) -> None:
        """Put one file into its artifact store."""
        with file.open("rb") as opened:
            # An empty file would be sent in chunks, which the server does not take.
            self._call("PUT", f"api/{_ARTIFACTS}/{quote(path)}", data=opened if file.stat().st_size else b"")

    def _call(self, method: str, path: str, **options: Any) -> requests.Response:
        import requests

        self._session = self._session or _session(trusted=self._trusted)
        try:
            answer = self._session.request(method, f"{self._address}/{path}", timeout=_TIMEOUT_S, **options)
        except requests.RequestException as error:
            # What the library says of it repeats the address, with all that is secret in it.
            raise MachineError(
                f"the MLflow server {self.address} can't be reached: {type(error).__name__}",
                hint="check MLFLOW_TRACKING_URI, and that the server runs",
            ) from None
        status = answer.status_code
        if status < _ERRORS:
            return answer
        if status in _REFUSED:
            raise UsageError(
                f"the MLflow server {self.address} refuses: {status}",
                hint="set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
            )
        message = _message(answer)
        if status == _UNKNOWN or "RESOURCE_DOES_NOT_EXIST" in message:
            raise NotThereError(f"the MLflow server {self.address} says: {message}")
        if "RESOURCE_ALREADY_EXISTS" in message:
            raise ExistsError(f"the MLflow server {self.address} says: {message}")
        kind = MachineError if status >= _OF_THE_SERVER else UsageError
        raise kind(f"the MLflow server {self.address} says: {message}")


def tracking() -> Server:
    """The server that ``MLFLOW_TRACKING_URI`` names.

    Raises:
        UsageError: It names none.
    """
    return _named("MLFLOW_TRACKING_URI")


def registry() -> Server:
    """The server that ``MLFLOW_REGISTRY_URI`` names, else the tracking server."""
    return _named("MLFLOW_REGISTRY_URI") if os.environ.get("MLFLOW_REGISTRY_URI") else tracking()


def _named(variable: str) -> Server:
    address = os.environ.get(variable, "")
    if urlsplit(address).scheme not in ("http", "https"):
        found = f"{variable} names no server" if address else f"{variable} is not set"
        raise UsageError(
            f"{found}; expected the address of an MLflow server", hint=f"export {variable}=http://HOST:PORT"
        )
    return Server(address)


def _session(*, trusted: bool) -> requests.Session:
    from mpk_build.package.uris.web_session import WebSession

    session = WebSession()
    if not trusted:
        return session
    user, token = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_TOKEN")
    if user:
        session.auth = (user, os.environ.get("MLFLOW_TRACKING_PASSWORD", ""))
    elif token:
        session.auth = _Bearer(token)
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in ("true", "1"):
        session.verify = False
    elif os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH"):
        session.verify = os.environ["MLFLOW_TRACKING_SERVER_CERT_PATH"]
    session.cert = os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH")
    return session


class _Bearer:
    """Sends a token; given as ``auth``, so that it does not follow to another host."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def _json(answer: requests.Response, address: str) -> Any:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise MachineError(f"{address} does not answer as an MLflow server does", hint="check MLFLOW_TRACKING_URI")
    return found


def _message(answer: requests.Response) -> str:
    try:
        found = answer.json()
        return f"{found.get('error_code')}: {found.get('message')}".splitlines()[0][:300]
    except (ValueError, AttributeError):
        return f"status {answer.status_code}"
