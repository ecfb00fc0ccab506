"""Proves the package in the model's own environment, with the model's own Python."""

import json
import os
import time
from typing import Any

from mpk_runtime import comparing, failing, predicting, shared_objects
from mpk_runtime.scoring import Scorer
from mpk_runtime.stage import Stage, StageError


def run(stage: Stage) -> None:
    """Load the package, replay the first request, compare with what the source environment predicted."""
    inputs = {name: _read(path) for name, path in stage.inputs.items() if name in ("document", "requests", "providers")}
    requests = inputs["requests"]
    request, expected, asked = requests["requests"][0], requests["expected"], requests.get("asked")
    started = time.perf_counter()
    watch = failing.Watch([os.path.join(stage.inputs["package"], "code"), stage.inputs["package"]])
    with watch.told("load"):
        scorer = Scorer.load(stage.inputs["package"], inputs["document"])
    loaded = time.perf_counter()
    with watch.told(f"predict {asked}" if asked else "predict"):
        body = predicting.as_request(request["body"].encode(), request["content_type"])
        predictions = scorer.predict(body, request["content_type"])
    done = time.perf_counter()
    _write(stage.outputs["libraries"], shared_objects.of_the_system())
    differences = comparing.differences(expected["predictions"], predictions, requests["tolerance"]) if expected else []
    if "manager" in stage.params:
        stage.facts["manager"] = stage.params["manager"]
    stage.facts.update(
        load_s=round(loaded - started, 3), predict_s=round(done - loaded, 3), differences=len(differences)
    )
    _write(stage.outputs["report"], {"predictions": predictions, "differences": differences})
    if differences:
        message = "the package predicts something else than {}: {}{}".format(
            requests.get("expected_of", "the source environment did"),
            differences[0],
            f" (and {len(differences) - 1} more)" if len(differences) > 1 else "",
        )
        raise StageError(
            message,
            "mpk explain package; if such a difference is acceptable: validate: {tolerance: NUMBER}",
            watch.without_exception("compare", "Differences", message),
        )


def _read(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _write(path: str, value: Any) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
