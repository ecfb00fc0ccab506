"""Predicts one file with a package, in a process of its own; the host's side is `mpk predict`."""

from __future__ import annotations

import json
import os
from typing import Any

from mpk_runtime import payload
from mpk_runtime.examples import reading
from mpk_runtime.scoring import Scorer

_MEDIA = {".json": payload.JSON, ".csv": payload.CSV, ".parquet": payload.PARQUET}


def main(folder: str) -> None:
    """Read ``request.json`` and ``body`` in ``folder``; write ``answer.json``: ``[status, text of the JSON body]``.

    The body has the suffix of its file. Without one the package's own example is predicted.
    """
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        request = json.load(file)
    scorer = Scorer.load(request["root"], request["document"])
    status, answer = _answer(scorer, request, folder)
    with open(os.path.join(folder, "answer.json"), "w", encoding="utf-8") as file:
        json.dump([status, answer.decode("utf-8")], file)


def _answer(scorer: Scorer, request: dict[str, Any], folder: str) -> tuple[int, bytes]:
    suffix = request["suffix"]
    path = os.path.join(folder, "body" + suffix)
    if not os.path.exists(path):
        return scorer.answer_stored(request["root"], request["document"])
    if suffix not in _MEDIA:
        try:
            return scorer.answer_example(reading.read({"path": path}))
        except (ValueError, ImportError) as error:
            message = f"The {suffix} file can't be read: {error}"
            return 400, json.dumps({"error_code": "BAD_REQUEST", "message": message}).encode("utf-8")
    with open(path, "rb") as file:
        body = file.read()
    media = _MEDIA[suffix]
    return scorer.answer(as_request(body, media), media)


def as_request(body: bytes, content_type: str) -> bytes:
    """The body of a request, of what is one or just the data that one would carry."""
    if content_type != payload.JSON:
        return body
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):  # which decoding it says, too
        return body
    form, inner = reading.form_of(value)
    return body if isinstance(value, dict) and form in value else json.dumps({form: inner}).encode("utf-8")
