"""The lines of a ``.mpkignore``, which are those of a ``.gitignore`` (https://git-scm.com/docs/gitignore)."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Up to the bracket that closes a set, which its first character is not; a class of POSIX in it has brackets of its own.
_INSIDE = re.compile(r"(\]?(?:\[:[a-z]+:\]|\\.|[^\]\\])*)\]")
_TOKEN = re.compile(r"\[:([a-z]+):\]|\\(.)|(.)", re.DOTALL)
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "upper": "A-Z",
    "lower": "a-z",
    "space": r"\s",
    "xdigit": "0-9a-fA-F",
    "punct": r"!-/:-@\[-`{-~",
}


@dataclass(frozen=True)
class Pattern:
    """One line.

    Attributes:
        text: As it stands there.
        line: Its number, from 1.
        keeps: Whether it takes back what an earlier line leaves out (``!``).
        folders_only: Whether it means folders alone.
        expression: What a path matches, relative to the folder of the file and with ``/`` between its parts.
    """

    text: str
    line: int
    keeps: bool
    folders_only: bool
    expression: re.Pattern[str]

    def matches(self, path: str, *, is_folder: bool) -> bool:
        """Whether it speaks of a path."""
        return (is_folder or not self.folders_only) and self.expression.fullmatch(path) is not None


def parse(text: str) -> list[Pattern]:
    """The patterns of a file, in its order; a line that can match nothing is left out."""
    found = []
    for number, written in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = _without_trailing_blanks(written.removesuffix("\r"))
        if not line or line.startswith("#"):
            continue
        keeps = line.startswith("!")
        body = line[1:] if keeps else line
        folders_only = body.endswith("/")
        body = body.removesuffix("/")
        try:
            expression = re.compile(_expression(body), re.DOTALL)
        except re.error:
            continue
        if body:
            found.append(Pattern(line, number, keeps, folders_only, expression))
    return found


def _without_trailing_blanks(line: str) -> str:
    while line.endswith(" ") and not re.search(r"(?<!\\)(\\\\)*\\ $", line):
        line = line[:-1]
    return line


def _expression(body: str) -> str:
    # A slash anywhere but at the end ties a pattern to the folder of its file.
    parts = body.removeprefix("/").split("/")
    if "/" not in body:
        parts.insert(0, "**")
    found = ""
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "**":
            found += ".+" if last else "(?:.+/)?"
        else:
            found += _segment(part) + ("" if last else "/")
    return found


def _segment(part: str) -> str:
    found, at = "", 0
    while at < len(part):
        sign = part[at]
        at += 1
        if sign == "*":
            found += "[^/]*"
        elif sign == "?":
            found += "[^/]"
        elif sign == "[":
            closing, expression = _set(part, at)
            found, at = found + expression, closing
        elif sign == "\\":
            if at == len(part):
                raise re.error("a backslash with nothing behind it")
            found += re.escape(part[at])
            at += 1
        else:
            found += re.escape(sign)
    return found


def _set(part: str, at: int) -> tuple[int, str]:
    """What ``[...]`` matches that begins before ``at``, and where it ends."""
    begin = at + (part[at : at + 1] in ("!", "^"))
    found = _INSIDE.match(part, begin)
    if found is None:
        raise re.error("a set that does not end")
    inside = "".join(_member(*token) for token in _TOKEN.findall(found[1]))
    negated = "^" if begin > at else ""
    return found.end(), f"(?!/)[{negated}{inside}]"


def _member(name: str, escaped: str, plain: str) -> str:
    if name:
        return _CLASSES.get(name, "")
    return plain if plain == "-" else re.escape(escaped or plain)
