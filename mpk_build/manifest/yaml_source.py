"""YAML as data, with the place of every key and value, and with nothing that can be executed or can explode.

The YAML is a subset: maps with text keys, lists, text, numbers, booleans and null; no tags, anchors or aliases.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from mpk_build.foundation.errors import ManifestError, Position
from mpk_build.foundation.yaml_depth import DEEPEST, LOADER, too_deep

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST_BYTES = 2**20
_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str", "timestamp")}

# An error shows a line wherever logs go.
_PASSWORD = re.compile(r"://[^/@\s:]*:[^/@\s]*@")

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class YamlSource:
    """A YAML file: its data, and where each part of it stands.

    Attributes:
        name: The file's name as the person wrote it.
        text: The whole text.
        data: The value; at the top a map.
    """

    name: str
    text: str
    data: dict[str, Any]
    _keys: dict[Path_, tuple[int, int]] = field(repr=False)
    _values: dict[Path_, tuple[int, int]] = field(repr=False)
    _raw: dict[Path_, str] = field(repr=False)

    def position(self, path: Path_, *, of_key: bool = False) -> Position:
        """Where the value (or key) at ``path`` stands, or the nearest thing around it that is there."""
        for length in range(len(path), -1, -1):
            table = self._keys if of_key and length == len(path) else self._values
            found = table.get(path[:length])
            if found is not None:
                return Position(self.name, *found)
        return Position(self.name, 1, 1)

    def raw(self, path: Path_) -> str | None:
        """The text of a scalar as it stands in the file, such as ``3.10`` for the number 3.1."""
        return self._raw.get(path)

    def error(self, message: str, path: Path_, *, hint: str | None = None, of_key: bool = False) -> ManifestError:
        """An error at a place of this file, with its line."""
        return located(message, self.position(path, of_key=of_key), self.text, hint=hint)


def located(message: str, position: Position, text: str, *, hint: str | None = None) -> ManifestError:
    """An error that shows the line of the file that it is about."""
    lines = text.splitlines()
    shown = f"{position}: {message}"
    if position.line <= len(lines) and lines[position.line - 1].strip():
        number = f"{position.line:>5}"
        line = _PASSWORD.sub("://***@", lines[position.line - 1].replace("\t", " "))[:160]
        shown += f"\n{number} | {line}\n{' ' * len(number)} | {' ' * (position.column - 1)}^"
    return ManifestError(shown, hint=hint, position=position)


def read_yaml(path: Path, name: str) -> YamlSource:
    """Read a YAML file.

    Args:
        path: The file.
        name: What to call it in errors.

    Raises:
        ManifestError: It can't be read, is no YAML, is not a map, or uses what is left out here; with its place.
    """
    return parse_yaml(_text(path, name), name)


def parse_yaml(text: str, name: str) -> YamlSource:
    """Read a YAML text; ``name`` is what to call it in errors.

    Raises:
        ManifestError: It is no YAML, is not a map, or uses what is left out here; with its place.
    """
    try:
        _check_events(text, name)
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, name, text) from None
    except (yaml.YAMLError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ManifestError(f"{name}:1:1: this is not YAML: {reason}", position=Position(name, 1, 1)) from None
    if not isinstance(node, yaml.MappingNode):
        found = "nothing" if node is None else "a list" if isinstance(node, yaml.SequenceNode) else "text"
        raise located(
            f"found {found}; expected a map such as 'name: my-model'",
            Position(name, 1, 1),
            text,
            hint="mpk schema",
        )
    reading = _Reading(name, text)
    data = reading.value(node, ())
    return YamlSource(name, text, data, reading.keys, reading.values, reading.raw)


def _check_events(text: str, name: str) -> None:
    place = too_deep(text)
    if place is not None:
        position = Position(name, *place)
        raise ManifestError(f"{position}: this is nested deeper than {DEEPEST} levels", position=position)
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) and event.start_mark is not None:
            position = Position(name, event.start_mark.line + 1, event.start_mark.column + 1)
            raise located("this is an alias of an anchor; write the value out where it is used", position, text)


def _text(path: Path, name: str) -> str:
    start = Position(name, 1, 1)
    try:
        data = path.read_bytes()[: _LARGEST_BYTES + 1]
    except OSError as error:
        raise ManifestError(f"{name}: {(error.strerror or str(error)).lower()}") from None
    if len(data) > _LARGEST_BYTES:
        raise ManifestError(f"{start}: this file is larger than 1 MiB; expected a manifest", position=start)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\0" in data or error.start == 0:
            raise ManifestError(
                f"{start}: this is a binary file, not UTF-8 text; expected YAML", position=start
            ) from None
        before = data[: error.start].split(b"\n")
        where = Position(name, len(before), len(before[-1]) + 1)
        raise ManifestError(
            f"{where}: this is not UTF-8 text: found the byte 0x{data[error.start]:02x}", position=where
        ) from None
    if "\0" in text:
        raise ManifestError(f"{start}: this is a binary file, not UTF-8 text; expected YAML", position=start)
    return text


def _syntax_error(error: yaml.MarkedYAMLError, name: str, text: str) -> ManifestError:
    mark = error.problem_mark or error.context_mark
    position = Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)
    lines = text.splitlines()
    line = lines[position.line - 1] if position.line <= len(lines) else ""
    if re.match(r"\s*\t", line):
        return located("a tab indents this line; YAML is indented with spaces", position, text)
    problem = error.problem or "something that can't be read"
    if "undefined alias" in problem:
        problem = "an alias without its anchor"
    context = f" {error.context}" if error.context else ""
    return located(f"this is not YAML: {problem}{context}", position, text)


class _Reading:
    """Turns nodes into data and notes where each stood."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self.keys: dict[Path_, tuple[int, int]] = {}
        self.values: dict[Path_, tuple[int, int]] = {}
        self.raw: dict[Path_, str] = {}

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self.values[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode) and node.tag.endswith(":map"):
            return self._map(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag.endswith(":seq"):
            return [self.value(one, (*path, at)) for at, one in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            self.raw[path] = node.value
            return self._scalar(node)
        raise self._error(
            f"the tag {node.tag.replace('tag:yaml.org,2002:', '!!')} is not allowed; expected plain data",
            node,
        )

    def _map(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag.endswith(":merge"):
                raise self._error("expected a plain text key", key)
            if key.value in result:
                first = self.keys[(*path, key.value)][0]
                raise self._error(f"the key '{key.value}' stands here a second time; the first is in line {first}", key)
            self.keys[(*path, key.value)] = (key.start_mark.line + 1, key.start_mark.column + 1)
            result[key.value] = self.value(value, (*path, key.value))
        return result

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag.endswith(":timestamp"):
            return node.value
        try:
            value = yaml.constructor.SafeConstructor().construct_object(node)
        except (ValueError, yaml.YAMLError):
            raise self._error(f"'{node.value}' can't be read; quote it if it is text", node) from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self._error(f"{node.value} is not a number that a manifest can hold", node)
        return value

    def _error(self, message: str, node: yaml.Node) -> ManifestError:
        position = Position(self._name, node.start_mark.line + 1, node.start_mark.column + 1)
        return located(message, position, self._text)
