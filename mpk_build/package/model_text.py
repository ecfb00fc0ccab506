"""The text of an MLmodel file as data, with the place of every part of it, and with nothing that can explode.

MLflow writes YAML 1.1 with PyYAML's safe dumper: that writes an alias where one object stands in two places, so
aliases are read here, as long as what they stand for is not more than a document can need. A moment stays the text
that it is in the file: MLflow writes it as text today and wrote it bare in 2018.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from mpk_build.foundation.errors import Position, UsageError
from mpk_build.foundation.yaml_depth import DEEPEST, LOADER, too_deep

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    Steps = tuple[Hashable, ...]

_LARGEST_BYTES = 64 * 2**20
_MOST_VALUES = 200_000
_HINT = "it is broken or was edited: write the package again, or mend that line"


@dataclass(frozen=True)
class ModelText:
    """What an MLmodel file says.

    Attributes:
        name: What to call the file in errors.
        data: The document; its keys and values are what YAML makes of them, moments are text.
        places: Line and column, from 1, of the value at each path of keys.
        written: The text of each scalar as it stands in the file, such as ``3.10`` for the number 3.1.
    """

    name: str
    data: dict[Any, Any]
    places: dict[Steps, tuple[int, int]]
    written: dict[Steps, str]

    def error(self, message: str, path: Steps = (), hint: str | None = _HINT) -> UsageError:
        """An error at the value at a path of keys, or at the nearest thing around it that is there."""
        place = next((self.places[path[:end]] for end in range(len(path), -1, -1) if path[:end] in self.places), (1, 1))
        return _error(message, Position(self.name, *place), hint)


def read(file: Path) -> ModelText:
    """Read an MLmodel file.

    Raises:
        UsageError: It can't be read, or is not the text of a map; with its place.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{file} can't be read: {(error.strerror or str(error)).lower()}") from None
    if len(data) > _LARGEST_BYTES:
        raise UsageError(f"{file} is larger than {_LARGEST_BYTES // 2**20} MiB, as no MLmodel is")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        message = f"{file}:{line}: found bytes that are not UTF-8; expected the text of an MLmodel"
        raise UsageError(message, hint=_HINT) from None
    return parse(text, str(file))


def parse(text: str, name: str) -> ModelText:
    """Read the text of one; ``name`` is what to call it in errors.

    Raises:
        UsageError: It is not the text of a map; with its place.
    """
    try:
        deep = too_deep(text)
        if deep is not None:
            raise _error(f"this is nested deeper than {DEEPEST} levels, as no MLmodel is", Position(name, *deep))
        node = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = Position(name, mark.line + 1, mark.column + 1) if mark else Position(name, 1, 1)
        raise _error(f"this is not YAML: {error.problem or error.context}", position) from None
    except yaml.YAMLError as error:
        raise _error(f"this is not YAML: {str(error).splitlines()[0]}", Position(name, 1, 1)) from None
    if node is None:
        raise UsageError(f"{name} is empty; expected an MLmodel document, with its flavors", hint=_HINT)
    if not isinstance(node, yaml.MappingNode):
        found = "a list" if isinstance(node, yaml.SequenceNode) else "text"
        raise _error(f"found {found}; expected a map with the flavors of a model", Position(name, 1, 1))
    reading = _Reading(name)
    return ModelText(name, reading.map(node, ()), reading.places, reading.written)


def _error(message: str, position: Position, hint: str | None = _HINT) -> UsageError:
    return UsageError(f"{position}: {message}", hint=hint, position=position)


class _Reading:
    """Turns nodes into data; what an alias stands for is counted each time."""

    def __init__(self, name: str) -> None:
        self.places: dict[Steps, tuple[int, int]] = {}
        self.written: dict[Steps, str] = {}
        self._name = name
        self._count = 0
        self._depth = 0
        self._constructor = yaml.constructor.SafeConstructor()

    def map(self, node: yaml.MappingNode, path: Steps) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag.endswith(":merge"):
                raise self._error("found a key that is no text; expected one name for each value", key)
            name = self._scalar(key)
            if name in made:
                raise self._error(f"the key '{key.value}' stands here a second time; expected it once", key)
            made[name] = self._value(value, (*path, name))
        return made

    def _value(self, node: yaml.Node, path: Steps) -> Any:
        self._count += 1
        if self._count > _MOST_VALUES or self._depth > DEEPEST:
            raise self._error("the aliases in this document stand for more than any model needs", node)
        self.places[path] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.ScalarNode):
            self.written[path] = node.value
            return self._scalar(node)
        self._depth += 1
        if isinstance(node, yaml.MappingNode) and node.tag.endswith(":map"):
            made: Any = self.map(node, path)
        elif isinstance(node, yaml.SequenceNode) and node.tag.endswith(":seq"):
            made = [self._value(one, (*path, at)) for at, one in enumerate(node.value)]
        else:
            raise self._tag(node)
        self._depth -= 1
        return made

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind in ("str", "timestamp", "value"):
            return node.value
        if kind not in ("null", "bool", "int", "float"):
            raise self._tag(node)
        try:
            return self._constructor.construct_object(node)
        except (ValueError, LookupError, yaml.YAMLError):
            raise self._error("found a value that is not of its kind; quote it if it is text", node) from None

    def _tag(self, node: yaml.Node) -> UsageError:
        shown = node.tag.replace("tag:yaml.org,2002:", "!!")
        return self._error(f"found the tag {shown}; expected plain data, which is all that MLflow writes", node)

    def _error(self, message: str, node: yaml.Node) -> UsageError:
        return _error(message, Position(self._name, node.start_mark.line + 1, node.start_mark.column + 1))
