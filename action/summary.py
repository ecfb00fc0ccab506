"""The job summary: what each stage did, what came out, what went wrong. GitHub-flavoured Markdown."""

from __future__ import annotations

import html
import re
from typing import Any

_LONGEST_CELL = 300
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


def summary(command: str, code: int, document: dict[str, Any]) -> str:
    """The text for GITHUB_STEP_SUMMARY, from the JSON document of ``mpk <command> --json`` (maybe empty)."""
    name = " ".join(str(document[key]) for key in ("name", "version") if document.get(key))
    heading = f"### mpk {command}{': ' + _text(name) if name else ''} {'succeeded' if not code else 'failed'}"
    parts = [heading, _stages(document.get("stages") or []), _results(document)]
    if code:
        parts.append(_error(code, document.get("error") or {}))
    return "\n\n".join(part for part in parts if part) + "\n"


def _stages(stages: list[dict[str, Any]]) -> str:
    if not stages:
        return ""
    rows = ["| stage | status | seconds | why |", "|---|---|---:|---|"]
    for stage in stages:
        seconds = stage.get("seconds")
        cells = [
            stage.get("stage"),
            stage.get("status"),
            f"{seconds:.1f}" if isinstance(seconds, (int, float)) else "",
            stage.get("why"),
        ]
        rows.append(f"| {' | '.join(_text(cell) for cell in cells)} |")
    return "\n".join(rows)


def _results(document: dict[str, Any]) -> str:
    rows = []
    for kind in ("model", "image"):
        made = document.get(kind) or {}
        if made.get("digest"):
            rows.append(f"- {kind}: {_text(made.get('path'))}, {_text(made['digest'])}")
    return "\n".join(rows)


def _error(code: int, error: dict[str, Any]) -> str:
    lines = [str(error.get("message") or f"mpk ended with exit code {code} and said nothing more.")]
    if error.get("hint"):
        lines += ["", str(error["hint"])]
    text = "\n".join(lines)
    return f"<pre>{html.escape(text, quote=False)}</pre>"


def _text(value: object) -> str:
    """A value as plain text of a table cell: nothing in it is markup, and it stays on its line."""
    text = " ".join(str(value if value is not None else "").split())
    if len(text) > _LONGEST_CELL:
        text = text[: _LONGEST_CELL - 1] + "…"
    return _PUNCTUATION.sub(r"\\\1", text)
