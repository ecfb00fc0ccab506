"""Logs a package into an MLflow tracking server, by its REST API: no MLflow is needed for it.

MLflow 3 keeps a model as one of its own (a logged model), MLflow 1 and 2 among the files of a run; the server's version
says which of the two it knows.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import UsageError
from mpk_build.package.model import FILE
from mpk_build.package.reading import read
from mpk_build.package.uris import artifacts, tracking

if TYPE_CHECKING:
    from mpk_build.package.model import Model
    from mpk_build.package.uris.tracking import Server

_WITH_LOGGED_MODELS = 3
_READY = "LOGGED_MODEL_READY"


@dataclass(frozen=True)
class Wish:
    """Where a model is to be logged.

    Attributes:
        run_id: The run that made it; default: ``MLFLOW_RUN_ID``, else none (MLflow 3) or a new one (MLflow 2).
        experiment: The name of the experiment, made where there is none; default: the run's, else
            ``MLFLOW_EXPERIMENT_NAME``, else ``MLFLOW_EXPERIMENT_ID``, else the server's first.
        registered_name: Make a version of this registered model, which is made where there is none.
        in_run: Put the files into the run, as MLflow 2 does, also where the server knows logged models.
    """

    run_id: str | None = None
    experiment: str | None = None
    registered_name: str | None = None
    in_run: bool = False


@dataclass(frozen=True)
class Logged:
    """What was logged.

    Attributes:
        uri: What to load it by: ``models:/m-...`` or ``runs:/RUN/NAME``.
        model_id: Of a logged model.
        run_id: The run, if there is one.
        version: Of the registered model, if one was wished.
    """

    uri: str
    model_id: str | None
    run_id: str | None
    version: str | None


def log(model: Model, name: str, wish: Wish) -> Logged:
    """Log the package that a document was read from.

    Raises:
        UsageError: It was read from no package, or the server refuses.
        MachineError: The server can't be reached.
    """
    if not name or "/" in name or model.root is None:
        what = "a document that was read from no package" if model.root is None else f"'{name}' as a model's name"
        raise UsageError(f"found {what}; expected Model.load(PACKAGE).log(NAME)")
    read(model.root)
    server = tracking.tracking()
    if server.major() >= _WITH_LOGGED_MODELS and not wish.in_run:
        logged = _as_model(server, model, name, wish)
    else:
        logged = _in_run(server, model, name, wish)
    if wish.registered_name is None:
        return logged
    return dataclasses.replace(logged, version=_registered(server, logged, wish.registered_name))


def _as_model(server: Server, model: Model, name: str, wish: Wish) -> Logged:
    run = wish.run_id or os.environ.get("MLFLOW_RUN_ID")
    experiment = _of_run(server, run)["experiment_id"] if run and not wish.experiment else _experiment(server, wish)
    of_run = {"source_run_id": run} if run else {}
    answer = server.send("POST", "2.0/mlflow/logged-models", experiment_id=experiment, name=name, **of_run)
    info = answer["model"]["info"]
    model_id, place = str(info["model_id"]), str(info["artifact_uri"])
    _upload(server, place, dataclasses.replace(model, model_id=model_id, run_id=run, artifact_path=place))
    server.send("PATCH", f"2.0/mlflow/logged-models/{model_id}", model_id=model_id, status=_READY)
    if run:
        outputs = [{"model_id": model_id, "step": 0}]
        server.send("POST", "2.0/mlflow/runs/outputs", run_id=run, models=outputs)
    return Logged(f"models:/{model_id}", model_id, run, None)


def _in_run(server: Server, model: Model, name: str, wish: Wish) -> Logged:
    given = wish.run_id or os.environ.get("MLFLOW_RUN_ID")
    now = int(time.time() * 1000)
    if given:
        info = _of_run(server, given)
    else:
        made = server.send("POST", "2.0/mlflow/runs/create", experiment_id=_experiment(server, wish), start_time=now)
        info = made["run"]["info"]
    run = str(info["run_id"])
    # The server wants to know when it was made, which documents of other hands may leave out.
    created = model.created or datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    logged = dataclasses.replace(model, run_id=run, artifact_path=name, utc_time_created=created)
    _upload(server, f"{str(info['artifact_uri']).rstrip('/')}/{name}", logged)
    server.send("POST", "2.0/mlflow/runs/log-model", run_id=run, model_json=json.dumps(logged.to_document()))
    if not given:
        server.send("POST", "2.0/mlflow/runs/update", run_id=run, status="FINISHED", end_time=now)
    return Logged(f"runs:/{run}/{name}", None, run, None)


def _upload(server: Server, place: str, model: Model) -> None:
    root = Path(str(model.root))
    files = {one.relative_to(root).as_posix(): one for one in sorted(root.rglob("*")) if one.is_file()}
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder, FILE)
        model.save(document)
        artifacts.place_of(place, server).upload({**files, FILE: document})


def _of_run(server: Server, run: str) -> dict[str, Any]:
    info: dict[str, Any] = server.get("2.0/mlflow/runs/get", {"run_id": run})["run"]["info"]
    return info


def _experiment(server: Server, wish: Wish) -> str:
    name = wish.experiment or os.environ.get("MLFLOW_EXPERIMENT_NAME")
    if name is None:
        return os.environ.get("MLFLOW_EXPERIMENT_ID", "0")
    try:
        found = server.get("2.0/mlflow/experiments/get-by-name", {"experiment_name": name})
        return str(found["experiment"]["experiment_id"])
    except tracking.NotThereError:
        return str(server.send("POST", "2.0/mlflow/experiments/create", name=name)["experiment_id"])


def _registered(server: Server, logged: Logged, name: str) -> str:
    registry = tracking.registry() if os.environ.get("MLFLOW_REGISTRY_URI") else server
    with contextlib.suppress(tracking.ExistsError):
        registry.send("POST", "2.0/mlflow/registered-models/create", name=name)
    if logged.model_id:
        made_of = {"source": logged.uri, "model_id": logged.model_id}
    else:
        # A registry of MLflow 2 takes the place of the files, and no URI of a run.
        place = _of_run(server, str(logged.run_id))["artifact_uri"]
        made_of = {"source": f"{place}/{logged.uri.rpartition('/')[2]}"}
    if logged.run_id:
        made_of["run_id"] = logged.run_id
    made = registry.send("POST", "2.0/mlflow/model-versions/create", name=name, **made_of)
    return str(made["model_version"]["version"])
