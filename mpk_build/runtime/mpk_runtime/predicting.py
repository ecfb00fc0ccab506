"""Predicts one file with a package, in a process of its own; the host's side is `mpk predict`."""

from __future__ import annotations

import json
import os

from mpk_runtime import payload
from mpk_runtime.examples import reading
from mpk_runtime.scoring import Scorer


def main(folder: str) -> None:
    """Read ``request.json`` and ``body`` in ``folder``; write ``answer.json``: ``[status, text of the JSON body]``."""
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        request = json.load(file)
    with open(os.path.join(folder, "body"), "rb") as file:
        body = file.read()
    scorer = Scorer.load(request["root"], request["document"])
    media = payload.CSV if request["csv"] else payload.JSON
    status, answer = scorer.answer(as_request(body, media), media)
    with open(os.path.join(folder, "answer.json"), "w", encoding="utf-8") as file:
        json.dump([status, answer.decode("utf-8")], file)


def as_request(body: bytes, content_type: str) -> bytes:
    """The body of a request, of what is one or just the data that one would carry."""
    if content_type != payload.JSON:
        return body
    try:
        value = json.loads(body)
    except ValueError:
        return body
    form, inner = reading.form_of(value)
    return body if isinstance(value, dict) and form in value else json.dumps({form: inner}).encode("utf-8")
