"""What MLflow's own URIs name: ``runs:/RUN/PATH`` and ``models:/NAME/VERSION``, ``@ALIAS``, a stage, or ``m-ID``.

https://mlflow.org/docs/latest/ml/model-registry/ has their forms. A model that MLflow 3 has logged lies in a place of
its own and not in its run; the run's name for it leads there.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.uris import addresses, artifacts, tracking

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.uris.kept import Source
    from mpk_build.package.uris.tracking import Server

_ID = re.compile(r"m-[0-9a-f]{32}")
_STAGES = ("production", "staging", "archived", "none")
_EXPECTED = "expected models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/STAGE, models:/m-ID or runs:/RUN/PATH"
_DEEPEST = 8


class Tracked:
    """A model that a tracking server knows."""

    def __init__(self, uri: str) -> None:
        self._scheme = str(addresses.scheme_of(uri))
        path = uri.partition(":")[2]
        self._path = path.strip("/")
        if path.startswith("//") or not self._path or "?" in path or "#" in path:
            raise UsageError(f"'{addresses.shown(uri)}' names no model; {_EXPECTED}")
        self._uri = f"{self._scheme}:/{self._path}"
        # An identifier is drawn at random and its model is closed once it is logged, so that no server has to be asked.
        self.never_changes = bool(_ID.fullmatch(self._path))
        self.name = self._uri if self.never_changes else f"{self._server.address} {self._uri}"
        # A version has its source for good, though its number may be given again by another server.
        self.outlives = self._scheme == "models" and self._path.rpartition("/")[2].isdigit()
        self._place: Source | None = None

    @functools.cached_property
    def _server(self) -> Server:
        return tracking.registry() if self._scheme == "models" else tracking.tracking()

    def state(self) -> Any:
        """Where the model lies now, and what that place says of it."""
        place = self._found()
        return [place.name, place.state()]

    def download(self, folder: Path) -> None:
        """Fetch it from there."""
        self._found().download(folder)

    def _found(self) -> Source:
        if self._place is None:
            try:
                self._place = self._resolved(self._scheme, self._path, 0)
            except (KeyError, TypeError, AttributeError, ValueError):
                raise MachineError(
                    f"{self._server.address} does not answer as an MLflow server does", hint="check MLFLOW_TRACKING_URI"
                ) from None
        return self._place

    def _resolved(self, scheme: str, path: str, depth: int) -> Source:
        if depth > _DEEPEST:
            raise UsageError(f"{self._uri} leads from one model to the next without an end")
        if scheme == "runs":
            return self._of_run(*_two(path, self._uri))
        if _ID.fullmatch(path):
            return self._at(_of_logged(tracking.tracking(), path)["artifact_uri"])
        name, version = self._version(path)
        answer = self._server.get("2.0/mlflow/model-versions/get-download-uri", {"name": name, "version": version})
        uri = str(answer["artifact_uri"])
        following = addresses.scheme_of(uri)
        if following in addresses.TRACKED:
            return self._resolved(str(following), uri.partition(":")[2].strip("/"), depth + 1)
        return self._at(uri)

    def _version(self, path: str) -> tuple[str, str]:
        name, at, alias = path.partition("@")
        if at:
            wanted = {"name": unquote(name), "alias": unquote(alias)}
            found = self._server.get("2.0/mlflow/registered-models/alias", wanted)
            return unquote(name), str(found["model_version"]["version"])
        name, version = (unquote(part) for part in _two(path, self._uri))
        if version.isdigit():
            return name, version
        if version.lower() not in (*_STAGES, "latest"):
            raise UsageError(f"'{version}' in {self._uri} is neither a version nor a stage; {_EXPECTED}")
        stages = {} if version.lower() == "latest" else {"stages": [version]}
        found = self._server.send("POST", "2.0/mlflow/registered-models/get-latest-versions", name=name, **stages)
        versions = [int(one["version"]) for one in found.get("model_versions", [])]
        if not versions:
            raise UsageError(f"there is no version of '{name}' in the stage {version} on {self._server.address}")
        return name, str(max(versions))

    def _of_run(self, run: str, path: str) -> Source:
        info = self._server.get("2.0/mlflow/runs/get", {"run_id": run})["run"]["info"]
        place = self._at(f"{info['artifact_uri'].rstrip('/')}/{path}")
        try:
            place.state()
        except UsageError:
            logged = self._logged_by(run, str(info["experiment_id"]), path)
            if logged is None:
                raise
            return self._at(logged)
        return place

    def _logged_by(self, run: str, experiment: str, name: str) -> str | None:
        wanted = {"experiment_ids": [experiment], "filter": f"name = '{name}'"} if "'" not in name else None
        token: dict[str, Any] = {}
        while wanted is not None:
            try:
                page = self._server.send("POST", "2.0/mlflow/logged-models/search", **wanted, **token)
            except UsageError:
                # A server of MLflow 2 has no logged models.
                return None
            for one in page.get("models", []):
                if one["info"].get("source_run_id") == run:
                    return str(one["info"]["artifact_uri"])
            token = {"page_token": page["next_page_token"]} if page.get("next_page_token") else {}
            if not token:
                return None
        return None

    def _at(self, uri: str) -> Source:
        return artifacts.place_of(uri, self._server)


def _of_logged(server: Server, model: str) -> dict[str, Any]:
    info: dict[str, Any] = server.get(f"2.0/mlflow/logged-models/{model}", {})["model"]["info"]
    return info


def _two(path: str, uri: str) -> tuple[str, str]:
    first, slash, second = path.partition("/")
    if not slash or not first or not second:
        raise UsageError(f"'{uri}' names no model; {_EXPECTED}")
    return first, second
