"""A requirements file as its author wrote it, and changes of it that touch nothing else.

Format: https://pip.pypa.io/en/stable/reference/requirements-file-format/. A line that ends in a backslash goes on in
the next; a comment begins with ``#`` at the start or after a blank; a line that begins with ``-`` is an option; all
else is a requirement, perhaps with options such as ``--hash`` behind it, or the path or URL of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

_COMMENT = re.compile(r"(^|\s+)#.*$")
_OPTIONS = re.compile(r"\s--?[a-z].*$")
_EGG = re.compile(r"#(?:.*&)?egg=([A-Za-z0-9._-]+)")
_MARKER = re.compile(r"\s;\s*(.+)$|;\s+(.+)$")


@dataclass(frozen=True)
class Line:
    """One logical line.

    Attributes:
        text: As it stands in the file, with its end.
        number: Where it begins, from 1.
        kind: What it is; ``other`` for blanks and comments.
        content: Without comments and continuation.
        name: Normalised, of a requirement that tells it; else None.
        marker: Of a requirement, in its one spelling, or ``""``.
    """

    text: str
    number: int
    kind: Literal["requirement", "option", "other"]
    content: str
    name: str | None = None
    marker: str = ""

    @property
    def requirement(self) -> str:
        """A requirement without options behind it."""
        return _OPTIONS.sub("", self.content).rstrip()

    @property
    def has_hash(self) -> bool:
        """Whether it says what its file has to be."""
        return " --hash" in self.content

    def is_variant_of(self, other: Line) -> bool:
        """Whether both are of one name and hold under one marker."""
        return self.name is not None and (self.name, self.marker) == (other.name, other.marker)

    def replaced_by(self, requirement: str) -> Line:
        """The same place, with its comment and line end, for another requirement."""
        physical = self.text.splitlines(keepends=True)
        end = physical[-1][len(physical[-1].rstrip("\r\n")) :]
        comment = _COMMENT.search(physical[-1].rstrip("\r\n"))
        return line(f"{requirement}{comment[0] if comment else ''}{end}", self.number)


def parse(text: str) -> list[Line]:
    """The logical lines of a requirements file; joined, their texts are the file."""
    lines: list[Line] = []
    waiting, began = "", 1
    for number, physical in enumerate(text.splitlines(keepends=True), 1):
        waiting, began = waiting + physical, began if waiting else number
        body = physical.rstrip("\r\n")
        if body.endswith("\\") and not _COMMENT.search(body):
            continue
        lines.append(line(waiting, began))
        waiting = ""
    return [*lines, line(waiting, began)] if waiting else lines


def line(text: str, number: int = 1) -> Line:
    """One logical line from its text."""
    content = _COMMENT.sub("", re.sub(r"\\\r?\n", "", text).strip()).removesuffix("\\").strip()
    if not content:
        return Line(text, number, "other", "")
    if content.startswith("-"):
        editable = re.fullmatch(r"(?:-e|--editable)[\s=]+(.+)", content)
        return Line(text, number, "option", content, _name(editable[1]) if editable else None)
    bare = _OPTIONS.sub("", content)
    name, marker = _identity(bare)
    return Line(text, number, "requirement", content, name, marker)


def added(lines: Iterable[Line], requirement: str) -> list[Line]:
    """The lines with a requirement: in the place of its own variant (name and marker), else behind the last one."""
    before = list(lines)
    wanted = line(requirement)
    same = [at for at, one in enumerate(before) if one.is_variant_of(wanted)]
    if same:
        first = before[same[0]].replaced_by(requirement)
        return [first if at == same[0] else one for at, one in enumerate(before) if at not in same[1:]]
    newline = "\r\n" if any(one.text.endswith("\r\n") for one in before) else "\n"
    at = max((at + 1 for at, one in enumerate(before) if one.kind == "requirement"), default=len(before))
    head, tail = before[:at], before[at:]
    if head and not head[-1].text.endswith("\n"):
        return [*head[:-1], line(head[-1].text + newline, head[-1].number), line(requirement)]
    return [*head, line(requirement + newline), *tail]


def removed(lines: Iterable[Line], name: str) -> list[Line]:
    """The lines without any requirement of a normalised name."""
    return [one for one in lines if one.name != name]


def joined(lines: Iterable[Line]) -> str:
    """The file's text."""
    return "".join(one.text for one in lines)


def _identity(text: str) -> tuple[str | None, str]:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        marker = _MARKER.search(text)
        return _name(text[: marker.start()] if marker else text), _spelt(marker[1] or marker[2]) if marker else ""
    return canonicalize_name(parsed.name), str(parsed.marker or "")


def _spelt(marker: str) -> str:
    from packaging.markers import InvalidMarker, Marker

    try:
        return str(Marker(marker))
    except InvalidMarker:
        return marker.strip()


def _name(text: str) -> str | None:
    """The name in a path or a URL: that of its ``#egg=``, its wheel or its archive."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        canonicalize_name,
        parse_sdist_filename,
        parse_wheel_filename,
    )

    egg = _EGG.search(text)
    if egg:
        return canonicalize_name(egg[1])
    file = re.split(r"[?#\[]", text)[0].rstrip("/").rsplit("/", maxsplit=1)[-1]
    try:
        return parse_wheel_filename(file)[0] if file.endswith(".whl") else parse_sdist_filename(file)[0]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
