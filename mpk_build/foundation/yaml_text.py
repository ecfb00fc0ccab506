"""Changes of a YAML text, made where they belong and nowhere else: every other byte stays what it was.

A parser says where each node begins and ends, and the text between two of these marks is replaced. A round trip
through a document would keep comments too, but not widths, blanks in flow style, or the ends of lines.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

Step = str | int


class _Item(NamedTuple):
    """Where an item of a list stands: its list, its node, and its number."""

    parent: yaml.SequenceNode
    node: yaml.Node
    at: int


def set_value(text: str, path: Sequence[Step], value: Any, order: Sequence[str] = ()) -> str:
    """The text with ``value`` (a JSON value) at a path of keys; maps that are missing on the way are made.

    Args:
        text: A map, in block or flow style.
        path: Keys from the top, and places of lists that are there.
        value: What is to be there.
        order: The order of top-level keys: a new one goes behind those that come before it.
    """
    parent = _root(text)
    for depth, key in enumerate(path):
        if isinstance(key, int):
            parent = _at(text, path[: depth + 1])
            continue
        found = _entry(parent, key)
        if found is None:
            return _with_key(text, parent, (key, _nested(path[depth + 1 :], value)), order if depth == 0 else ())
        if depth == len(path) - 1 or not isinstance(found[1], yaml.MappingNode):
            return _with_value(text, *found, _nested(path[depth + 1 :], value))
        parent = found[1]
    return text


def append(text: str, path: Sequence[Step], value: str | dict[str, Any], order: Sequence[str] = ()) -> str:
    """The text with one more item in the list at a path; the list is made where there is none.

    The item is text, or a map of one key.
    """
    node = _at(text, path)
    if not isinstance(node, yaml.SequenceNode):
        return set_value(text, path, [value], order)
    if not node.value:
        start, end = node.start_mark.index + 1, node.end_mark.index - 1
        comment = text[start:end] if text[start:end].strip() else ""
        return text[:start] + spelled(value, flow=True) + comment + text[end:]
    last = node.value[-1]
    if not node.flow_style:
        between = text[text.rindex("-", 0, last.start_mark.index) : last.start_mark.index]
        # A map of a list is written without its braces.
        shown = spelled(value, flow=False) if not isinstance(value, dict) else spelled(value, flow=True)[1:-1]
        line = f"{' ' * node.start_mark.column}{between}{shown}"
        return _with_line(text, _end_of_lines(text, last), line)
    if not _has_own_line(text, last):
        end = last.end_mark.index
        return f"{text[:end]}, {spelled(value, flow=True)}{text[end:]}"
    line = f"{' ' * last.start_mark.column}{spelled(value, flow=True)}"
    if _comma_after(text, last) is not None:
        return _with_line(text, _end_of_lines(text, last), f"{line},")
    end = last.end_mark.index
    return _with_line(f"{text[:end]},{text[end:]}", _end_of_lines(text, last) + 1, line)


def replace_item(text: str, path: Sequence[Step], at: int, value: str) -> str:
    """The text with another item at a place of the list at a path of keys, quoted as the one before was."""
    item = _item(text, path, at)
    return _replaced(text, item.node, _like(item.node, value, flow=bool(item.parent.flow_style)))


def delete_item(text: str, path: Sequence[Step], at: int) -> str:
    """The text without one item of the list at a path of keys; an emptied list is ``[]``."""
    item = _item(text, path, at)
    siblings = item.parent.value
    if not item.parent.flow_style:
        if len(siblings) == 1:
            return set_value(text, path, [])
        dash = text.rindex("-", 0, item.node.start_mark.index)
        return text[: _line_start(text, dash)] + text[_end_of_lines(text, item.node) :]
    if _has_own_line(text, item.node):
        return text[: _line_start(text, item.node.start_mark.index)] + text[_end_of_lines(text, item.node) :]
    if at > 0:
        return text[: siblings[at - 1].end_mark.index] + text[item.node.end_mark.index :]
    if len(siblings) > 1:
        return text[: item.node.start_mark.index] + text[siblings[1].start_mark.index :]
    comma = _comma_after(text, item.node)
    return text[: item.node.start_mark.index] + text[item.node.end_mark.index if comma is None else comma + 1 :]


def spelled(value: Any, *, flow: bool) -> str:
    """A JSON value as YAML on one line: text plain where that reads as the same text, else quoted."""
    if isinstance(value, str):
        return value if _reads_plain(value, flow=flow) else _quoted(value)
    if isinstance(value, list):
        return f"[{', '.join(spelled(one, flow=True) for one in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{spelled(key, flow=True)}: {spelled(one, flow=True)}' for key, one in value.items())}}}"
    return json.dumps(value)


def _quoted(value: str) -> str:
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _reads_plain(value: str, *, flow: bool) -> bool:
    if value != value.strip() or "\n" in value:
        return False
    try:
        return bool(yaml.safe_load(f"[{value}]" if flow else f"- {value}") == [value])
    except (yaml.YAMLError, ValueError):
        return False


def _like(old: yaml.Node, value: Any, *, flow: bool) -> str:
    style = getattr(old, "style", None)
    if not isinstance(value, str) or style not in ("'", '"') or not value.isprintable():
        return spelled(value, flow=flow)
    if style == "'" and "'" not in value:
        return f"'{value}'"
    return _quoted(value)


def _nested(keys: Sequence[Step], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value


def _root(text: str) -> Any:
    # Not the parser in C: its marks count otherwise where a text begins with a byte order mark.
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.MappingNode):
        raise TypeError("expected the text of a map")
    return node


def _entry(parent: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    return next((pair for pair in parent.value if pair[0].value == key), None)


def _at(text: str, path: Sequence[Step]) -> Any:
    node: yaml.Node = _root(text)
    for key in path:
        if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            node = node.value[key]
            continue
        found = _entry(node, str(key)) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            return None
        node = found[1]
    return node


def _item(text: str, path: Sequence[Step], at: int) -> _Item:
    parent = _at(text, path)
    if not isinstance(parent, yaml.SequenceNode):
        raise TypeError(f"expected a list at {'.'.join(map(str, path))}")
    return _Item(parent, parent.value[at], at)


def _with_key(text: str, parent: yaml.MappingNode, entry: tuple[str, Any], order: Sequence[str]) -> str:
    key, value = entry
    if parent.flow_style:
        added = f"{spelled(key, flow=True)}: {spelled(value, flow=True)}"
        if not parent.value:
            end = parent.end_mark.index - 1
            return f"{text[:end]}{added}{text[end:]}"
        end = parent.value[-1][1].end_mark.index
        return f"{text[:end]}, {added}{text[end:]}"
    column = parent.start_mark.column
    before = order[: order.index(key)] if key in order else ()
    behind = [pair for pair in parent.value if pair[0].value in before] or parent.value
    return _with_line(text, _end_of_lines(text, behind[-1][1]), _block_entry(key, value, column, _line_end(text)))


def _block_entry(key: str, value: Any, column: int, newline: str) -> str:
    start = f"{' ' * column}{key}:"
    if isinstance(value, dict) and value:
        lines = [_block_entry(name, one, column + 2, newline) for name, one in value.items()]
        return newline.join([start, *lines])
    return f"{start} {spelled(value, flow=False)}"


def _with_value(text: str, key: yaml.Node, old: yaml.Node, value: Any) -> str:
    if isinstance(old, yaml.CollectionNode) and not old.flow_style:
        start, end = key.end_mark.index, _end_of_lines(text, old)
        colon = text.index(":", start) + 1
        return f"{text[:colon]} {spelled(value, flow=True)}{_rest_of_line(text, colon)}{_line_end(text)}{text[end:]}"
    if old.start_mark.index == old.end_mark.index:
        end = old.end_mark.index
        return f"{text[:end]} {spelled(value, flow=True)}{text[end:]}"
    return _replaced(text, old, _like(old, value, flow=True))


def _rest_of_line(text: str, start: int) -> str:
    """The comment behind the colon of a key whose value begins in the next line."""
    rest = text[start:].splitlines()[0] if text[start:] else ""
    return rest if rest.strip().startswith("#") else ""


def _replaced(text: str, old: yaml.Node, new: str) -> str:
    tail = _line_end(text) if getattr(old, "style", None) in ("|", ">") else ""
    return text[: old.start_mark.index] + new + tail + text[old.end_mark.index :]


def _with_line(text: str, at: int, line: str) -> str:
    newline = _line_end(text)
    start = newline if at and text[at - 1] != "\n" else ""
    return f"{text[:at]}{start}{line}{newline if at < len(text) or not start else ''}{text[at:]}"


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _end_of_lines(text: str, node: yaml.Node) -> int:
    """Where the line after the last one of a node begins; comments in lines of their own don't belong to it."""
    while isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    end = node.end_mark.index
    if end and text[end - 1] == "\n":
        return end
    found = text.find("\n", end)
    return len(text) if found < 0 else found + 1


def _has_own_line(text: str, node: yaml.Node) -> bool:
    start, end = node.start_mark.index, node.end_mark.index
    after = text[end : _end_of_lines(text, node)].strip().removeprefix(",").strip()
    return not text[_line_start(text, start) : start].strip() and (not after or after.startswith("#"))


def _comma_after(text: str, node: yaml.Node) -> int | None:
    """Where the comma after the last item of a list in flow style is, if there is one."""
    at = node.end_mark.index
    while text[at].isspace() or text[at] == "#":
        at = text.index("\n", at) if text[at] == "#" else at + 1
    return at if text[at] == "," else None
