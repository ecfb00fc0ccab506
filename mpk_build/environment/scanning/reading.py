"""What a piece of source does, as far as it can be told without running it: what it imports and what it names."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mpk_build.environment.scanning import guards
from mpk_build.environment.scanning.conditions import Target, dotted, holds

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_IMPORTERS = ("import_module", "__import__")
_RESOURCES = (
    *("files", "path", "contents", "is_resource", "read_text", "open_text", "read_binary", "open_binary", "get_data"),
    *("resource_filename", "resource_string", "resource_stream", "resource_listdir", "resource_exists"),
)
_VERSIONS = ("version", "distribution", "metadata", "files", "requires", "get_distribution")


@dataclass(frozen=True)
class Import:
    """An import as it stands in source.

    Attributes:
        module: The module, absolute, or relative where ``level`` is not zero.
        names: What is taken from it; each may be a module of it. Empty for ``import module``.
        bound: The names that it binds: name to dotted name.
        level: The number of dots in front.
        line: Its line.
        guarded: Whether the code goes on without it.
        instead_of: The modules that it replaces where they can't be imported.
    """

    module: str
    names: tuple[str, ...]
    bound: tuple[tuple[str, str], ...]
    level: int
    line: int
    guarded: bool = False
    instead_of: tuple[str, ...] = ()


@dataclass
class Reading:
    """What a unit of source does: a module's top level, a function or a method.

    Attributes:
        imports: What it imports.
        names: Names and dotted names that it reads.
        attributes: All attributes that it reads, of whatever.
        prefixes: What names begin with that it asks for by a computed name.
        lookups: Distributions whose metadata it asks for: name to line.
        computed: Lines on which it imports a module by a computed name, with what that begins with.
        definitions: Functions and classes that it defines.
        calls: Names and dotted names that it calls: name to line.
        strings: Texts that stand in it: text to line.
        resources: Calls that may ask for the data of a package: what is called, and how the package is named: a text in
            quotes, a dotted name, or "" for what only a run tells.
    """

    imports: list[Import] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    attributes: set[str] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    lookups: dict[str, int] = field(default_factory=dict)
    computed: list[tuple[int, str]] = field(default_factory=list)
    definitions: list[Definition] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    strings: dict[str, int] = field(default_factory=dict)
    resources: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True)
class _Place:
    guarded: bool = False
    instead_of: tuple[str, ...] = ()

    def of(self, one: Import) -> Import:
        return replace(one, guarded=self.guarded or bool(self.instead_of), instead_of=self.instead_of)


def read(body: Sequence[ast.stmt | ast.expr], target: Target) -> Reading:
    """What statements do on the target; not what the functions and classes do that they define."""
    reading = Reading()
    for node, place in _live(body, target, _Place()):
        _add(reading, node, place)
    return reading


def _live(nodes: Iterable[ast.AST], target: Target, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    """All nodes that can be reached on the target, except those inside of definitions."""
    for node in nodes:
        yield node, place
        if isinstance(node, _DEFINITIONS):
            continue
        if isinstance(node, (ast.If, ast.IfExp)):
            yield from _live(_branches(node, target), target, place)
        elif isinstance(node, ast.Try):
            yield from _tried(node, target, place)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            inner = replace(place, guarded=place.guarded or guards.suppresses_import_error(node))
            yield from _live([*node.items, *node.body], target, inner)
        else:
            yield from _live(ast.iter_child_nodes(node), target, place)


def _branches(node: ast.If | ast.IfExp, target: Target) -> list[ast.AST]:
    held = holds(node.test, target)
    body: list[ast.AST] = list(node.body) if isinstance(node.body, list) else [node.body]
    other: list[ast.AST] = list(node.orelse) if isinstance(node.orelse, list) else [node.orelse]
    return [node.test, *(body if held is not False else []), *(other if held is not True else [])]


def _tried(node: ast.Try, target: Target, place: _Place) -> Iterator[tuple[ast.AST, _Place]]:
    body = replace(place, guarded=place.guarded or guards.handles_import_error(node))
    yield from _live(node.body, target, body)
    inside = [one for one in ast.walk(ast.Module(node.body, [])) if isinstance(one, (ast.Import, ast.ImportFrom))]
    modules = tuple(name for one in inside for name in _modules(one))
    for handler in node.handlers:
        instead = replace(place, instead_of=modules) if modules and guards.goes_on(handler) else place
        yield from _live(handler.body, target, instead)
    yield from _live([*node.orelse, *node.finalbody], target, place)


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []


def _add(reading: Reading, node: ast.AST, place: _Place) -> None:
    if isinstance(node, _DEFINITIONS):
        reading.definitions.append(node)
        reading.names.update(name for one in node.decorator_list for name in _names(one))
        # Defaults are evaluated with the definition; what a class inherits from is part of the class.
        if not isinstance(node, ast.ClassDef):
            defaults = [*node.args.defaults, *(one for one in node.args.kw_defaults if one is not None)]
            reading.names.update(name for one in defaults for name in _names(one))
    elif isinstance(node, ast.Import):
        for alias in node.names:
            bound = (alias.asname, alias.name) if alias.asname else (alias.name.split(".")[0], alias.name.split(".")[0])
            reading.imports.append(place.of(Import(alias.name, (), (bound,), 0, node.lineno)))
    elif isinstance(node, ast.ImportFrom):
        names = tuple(alias.name for alias in node.names)
        bindings = tuple((alias.asname or alias.name, alias.name) for alias in node.names)
        reading.imports.append(place.of(Import(node.module or "", names, bindings, node.level, node.lineno)))
    elif isinstance(node, ast.Call):
        _call(reading, node, place)
    elif isinstance(node, ast.Name):
        reading.names.add(node.id)
    elif isinstance(node, ast.Attribute):
        reading.attributes.add(node.attr)
        reading.names.add(dotted(node) or "")
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        reading.strings.setdefault(node.value, node.lineno)


def _call(reading: Reading, node: ast.Call, place: _Place) -> None:
    name = dotted(node.func) or (node.func.attr if isinstance(node.func, ast.Attribute) else "")
    reading.calls.setdefault(name, node.lineno)
    last = name.rpartition(".")[2]
    first = node.args[0] if node.args else None
    if last in _RESOURCES:
        literal = isinstance(first, ast.Constant) and isinstance(first.value, str)
        reading.resources.add((name, ast.unparse(first) if first is not None and (literal or dotted(first)) else ""))
    if last in _IMPORTERS and first is not None:
        text = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
        if text is None:
            reading.computed.append((node.lineno, _beginning(first)))
        else:
            level = len(text) - len(text.lstrip("."))
            reading.imports.append(place.of(Import(text.lstrip("."), (), (), level, node.lineno)))
    elif last == "getattr" and len(node.args) > 1:
        asked = node.args[1]
        if isinstance(asked, ast.Constant) and isinstance(asked.value, str):
            reading.attributes.add(asked.value)
            reading.names.add(f"{dotted(node.args[0]) or ''}.{asked.value}")
        else:
            reading.prefixes.add(_beginning(asked))
    elif last in _VERSIONS and isinstance(first, ast.Constant) and isinstance(first.value, str):
        reading.lookups.setdefault(f"{name} {first.value}", node.lineno)


def _beginning(node: ast.expr) -> str:
    """What a computed text begins with, as far as it stands there."""
    if isinstance(node, ast.JoinedStr) and node.values:
        return _beginning(node.values[0])
    if isinstance(node, ast.BinOp):
        return _beginning(node.left)
    return node.value.partition("%")[0] if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _names(node: ast.expr) -> set[str]:
    found = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return found | {dotted(one) or "" for one in ast.walk(node) if isinstance(one, ast.Attribute)}
