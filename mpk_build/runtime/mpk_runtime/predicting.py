"""Predicts one file with a package, in a process of its own; the host's side is `mpk predict`."""

import json
import os

from mpk_runtime import example, payload
from mpk_runtime.scoring import Scorer


def main(folder: str) -> None:
    """Read ``request.json`` and ``body`` in ``folder``; write ``answer.json``: ``[status, text of the JSON body]``."""
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        request = json.load(file)
    with open(os.path.join(folder, "body"), "rb") as file:
        body = file.read()
    scorer = Scorer.load(request["root"], request["document"])
    media = payload.CSV if request["csv"] else payload.JSON
    status, answer = scorer.answer(body if request["csv"] else _as_request(body), media)
    with open(os.path.join(folder, "answer.json"), "w", encoding="utf-8") as file:
        json.dump([status, answer.decode("utf-8")], file)


def _as_request(body: bytes) -> bytes:
    # A file may hold a request as it is, or just the data that one would carry.
    try:
        value = json.loads(body)
    except ValueError:
        return body
    form, inner = example.form_of(value)
    return body if isinstance(value, dict) and form in value else json.dumps({form: inner}).encode("utf-8")
