"""Proves the package in the model's own environment, with the model's own Python."""

import json
import os
import time
from typing import Any

from mpk_runtime import comparing, failing, forms, holding, predicting, prediction, shared_objects
from mpk_runtime.scoring import Scorer
from mpk_runtime.stage import Stage, StageError


def run(stage: Stage) -> None:
    """Load the package, replay the first request, compare with what the source environment predicted.

    Without a request, which the manifest has to allow, the package is only loaded.
    """
    inputs = {name: _read(path) for name, path in stage.inputs.items() if name in ("document", "requests", "providers")}
    requests = inputs["requests"]
    asked = requests.get("asked")
    started = time.perf_counter()
    watch = failing.Watch([os.path.join(stage.inputs["package"], "code"), stage.inputs["package"]])
    with watch.told("load"):
        scorer = Scorer.load(stage.inputs["package"], inputs["document"])
    loaded = time.perf_counter()
    predictions, form = None, None
    if requests["requests"]:
        request = requests["requests"][0]
        with watch.told(f"predict {asked}" if asked else "predict"):
            body = predicting.as_request(request["body"].encode(), request["content_type"])
            raw = scorer.predict_raw(body, request["content_type"])
            predictions = prediction.encode(raw)
        form = forms.form_of(raw)
    elif requests["stored"]:
        with watch.told("predict"):
            raw = scorer.predict_stored(stage.inputs["package"], inputs["document"])
            predictions = prediction.encode(raw)
        form = forms.form_of(raw)
    done = time.perf_counter()
    _write(stage.outputs["libraries"], shared_objects.of_the_system())
    if "manager" in stage.params:
        stage.facts["manager"] = stage.params["manager"]
    if form is None:
        found = comparing.Comparison()
    elif requests["compare"] == "signature":
        found = holding.to_outputs(raw, inputs["document"])
    else:
        found = comparing.compare(requests, form, predictions)
    stage.facts.update(
        load_s=round(loaded - started, 3),
        predict_s=None if form is None else round(done - loaded, 3),
        differences=found.count,
        compare={"by": requests["compare"], "because": requests["because"]},
        not_over_http=requests["not_over_http"],
    )
    report = {"predictions": predictions, "form": form, "differences": found.told, "largest": found.largest}
    _write(stage.outputs["report"], report)
    if found.count:
        than = requests.get("expected_of", "the source environment did")
        message = f"the package predicts something else than {than}: {found.in_one_sentence()}"
        accepting = "{tolerance: NUMBER}" if found.largest else "{compare: schema}"
        hint = f"mpk explain package; if such a difference is acceptable: validate: {accepting}"
        raise StageError(
            message,
            requests.get("hint", hint),
            watch.without_exception("compare", "Differences", message),
        )


def _read(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def _write(path: str, value: Any) -> None:
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
