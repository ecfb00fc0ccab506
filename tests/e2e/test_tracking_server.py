"""A package goes into a real MLflow server and comes out again, by every name that MLflow gives a model."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
from e2e import mlflow_environment
from support import run_mpk

from mpk_build import Model
from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.uris.fetching import folder_of
from mpk_build.package.uris.logging_models import Wish

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOADER = "class Twice:\n    def predict(self, data):\n        return [2 * one for one in data]\n\n\ndef _load_pyfunc(path):\n    return Twice()\n"
DOCUMENT = "flavors: {python_function: {loader_module: own, code: code, python_version: 3.11.7}}\nmetadata: {made: 2020-01-01}\n"
# What MLflow itself logs, and what it makes of what mpk has logged.
BY_MLFLOW = """\
import json, sys
import mlflow

def shout(model_input):
    return [one.upper() for one in model_input]

client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    info = mlflow.pyfunc.log_model(name="loud", python_model=shout, pip_requirements=["mlflow==3.17.2"], registered_model_name="loud")
client.set_registered_model_alias("loud", "best", "1")
client.transition_model_version_stage("loud", "1", "Production")
read = [list(mlflow.pyfunc.load_model(uri).predict([1, 2])) for uri in json.loads(sys.argv[1])]
print(json.dumps({"run": run.info.run_id, "id": info.model_id, "read": read}))
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    interpreter = mlflow_environment.python(mlflow_environment.ALONE)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(interpreter), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    places = ["--backend-store-uri", f"sqlite:///{tmp_path}/db", "--artifacts-destination", f"{tmp_path}/artifacts"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *places], env=mlflow_environment.environment(interpreter), cwd=tmp_path, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield address
        process.terminate()
        process.wait()


def test_what_is_logged_is_loaded_by_every_name(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    (package / "code").mkdir(parents=True)
    (package / "code" / "own.py").write_text(LOADER)
    (package / "code" / "empty.py").touch()
    (package / "MLmodel").write_text(DOCUMENT)
    logged = Model.load(package).log("twice", Wish(experiment="trials", registered_name="twice"))
    again = Model.load(package).log("twice", Wish(registered_name="twice", in_run=True))
    assert (logged.run_id, logged.version, again.model_id, again.version) == (None, "1", None, "2")
    assert logged.uri == f"models:/{logged.model_id}"
    assert again.uri == f"runs:/{again.run_id}/twice"

    mine = [logged.uri, again.uri, "models:/twice/1", "models:/twice/2"]
    theirs = _by_mlflow(mine)
    assert theirs["read"] == [[2, 4]] * 4
    into_run = Model.load(package).log("inside", Wish(run_id=theirs["run"]))
    caches = tmp_path / "caches"
    for uri in [*mine, f"runs:/{theirs['run']}/inside", into_run.uri]:
        found = Model.load(folder_of(uri, lambda: caches))
        assert (found.metadata, found.function) == ({"made": "2020-01-01"}, Model.load(package).function)
        assert (folder_of(uri, lambda: caches) / "code" / "empty.py").read_bytes() == b""
    assert Model.load(folder_of(logged.uri, lambda: caches)).model_id == logged.model_id
    assert Model.load(folder_of(again.uri, lambda: caches)).run_id == again.run_id

    names = ["models:/loud/1", "models:/loud@best", "models:/loud/Production", "models:/loud/latest"]
    uris = [*names, f"models:/{theirs['id']}", f"runs:/{theirs['run']}/loud"]
    assert {folder_of(uri, lambda: caches) for uri in uris} == {folder_of(uris[0], lambda: caches)}
    inspected = run_mpk(
        "inspect", "models:/loud@best", "--json", cwd=tmp_path, env={"MPK_CACHE": str(tmp_path / "store")}
    )
    described = json.loads(inspected.stdout)
    assert (described["path"], described["uuid"], described["flavors"]) == (names[1], theirs["id"], ["python_function"])

    _refused(server, caches, theirs["run"])
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:secret@{server.removeprefix('http://')}")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "secret")
    folder_of("models:/loud@best", lambda: caches)
    kept = b"".join(one.read_bytes() for one in caches.rglob("*") if one.is_file())
    assert b"secret" not in kept
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    # An identifier never means another model: nobody has to be asked.
    assert folder_of(f"models:/{theirs['id']}", lambda: caches).is_dir()
    with pytest.raises(MachineError) as dead:
        folder_of("models:/loud@best", lambda: caches)
    assert dead.value.message == "the MLflow server http://127.0.0.1:1 can't be reached: ConnectionError"
    with pytest.raises(UsageError) as unread:
        Model().log("twice")
    assert (
        unread.value.message == "found a document that was read from no package; expected Model.load(PACKAGE).log(NAME)"
    )


def _refused(server: str, caches: Path, run: str) -> None:
    expected = {
        "models:/loud/9": "RESOURCE_DOES_NOT_EXIST: Model Version (name=loud, version=9) not found",
        "models:/none@best": "RESOURCE_DOES_NOT_EXIST: Registered Model with name=none not found",
        "runs:/abc/loud": "RESOURCE_DOES_NOT_EXIST: Run with id=abc not found",
    }
    for uri, message in expected.items():
        with pytest.raises(UsageError) as caught:
            folder_of(uri, lambda: caches)
        assert caught.value.message == f"the MLflow server {server} says: {message}"
    with pytest.raises(UsageError) as empty:
        folder_of(f"runs:/{run}/nothing", lambda: caches)
    assert empty.value.message.endswith("/artifacts/nothing is no model package: it has no file MLmodel")
    with pytest.raises(UsageError) as staged:
        folder_of("models:/loud/Staging", lambda: caches)
    assert staged.value.message == f"there is no version of 'loud' in the stage Staging on {server}"


def _by_mlflow(uris: list[str]) -> dict[str, Any]:
    interpreter = mlflow_environment.python(mlflow_environment.ALONE)
    done = subprocess.run(
        [interpreter, "-W", "ignore", "-c", BY_MLFLOW, json.dumps(uris)],
        env=mlflow_environment.environment(interpreter, MLFLOW_TRACKING_URI=os.environ["MLFLOW_TRACKING_URI"]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
