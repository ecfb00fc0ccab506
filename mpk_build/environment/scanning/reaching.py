"""Which of a project's functions a packaged model can come to run, by the names that they use of each other.

It begins with what is loaded: the top level of each module that was imported, and the classes and functions that the
entrypoint or a pickle names. From there it follows names: a function by its name, a function of another module by the
name that it was imported under, a method of a class in use by an attribute that is called like it. A factory
(``module:fit()``) and what only it uses is not reached. Not followed: what a name was assigned to at run time.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mpk_build.environment.scanning.reading import Reading, read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mpk_build.environment.scanning.modules import ProjectModules, SourceModule

# What mpk and MLflow call on a model.
_OF_A_MODEL = frozenset(("predict", "load_context", "predict_stream"))
# What a library calls on an object of a class of its own only to train it.
_OF_TRAINING = frozenset(
    (
        *("fit", "partial_fit", "fit_transform", "fit_predict", "fit_resample", "score", "configure_optimizers"),
        *("training_step", "train_dataloader", "validation_step", "val_dataloader", "test_step", "test_dataloader"),
    )
)
# Bases that call nothing.
_PASSIVE = frozenset(("object", "ABC", "Generic", "Protocol", "NamedTuple", "TypedDict", "Enum", "IntEnum", "StrEnum"))


@dataclass
class Reached:
    """What can be run.

    Attributes:
        units: Module and unit, such as ``("app.model", "Model.predict")``, and ``""`` for a top level.
        readings: What each does, with its module.
        computed: File and line of each import of a module by a name that is not known.
    """

    units: set[tuple[str, str]] = field(default_factory=set)
    readings: list[tuple[SourceModule, Reading]] = field(default_factory=list)
    computed: list[tuple[SourceModule, int]] = field(default_factory=list)


class Reaching:
    """Follows names from one unit to the next."""

    def __init__(self, modules: ProjectModules) -> None:
        self._modules = modules
        self.reached = Reached()
        self._waiting: list[tuple[SourceModule, Reading]] = []
        self._classes: set[tuple[str, str]] = set()
        self._active: set[tuple[str, str]] = set()
        self._called: set[str] = set()
        self._prefixes: set[str] = set()

    def module(self, name: str, *, whole: bool = False) -> None:
        """A module is imported, and so are the packages above it; with ``whole``, any part of it may run."""
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            found = self._modules.find(".".join(parts[:length]))
            if found is not None:
                self._unit(found, "")
                for unit in found.definitions if whole and length == len(parts) else ():
                    if not isinstance(found.definitions[unit], ast.ClassDef):
                        self._unit(found, unit)

    def entry(self, module: str, name: str, *, model: bool) -> None:
        """A class or function is loaded by name.

        With ``model`` a class with ``predict`` is the model itself, which nothing else calls; any other may be handed
        to a library, which calls what it likes.
        """
        found = self._modules.find(module)
        if found is None:
            return
        self.module(module)
        self._name(found, name)
        if isinstance(found.definitions.get(name), ast.ClassDef):
            methods = found.methods(name)
            if not (model and "predict" in methods):
                self._active.add((module, name))
            for method in _OF_A_MODEL & set(methods):
                self._unit(found, methods[method])

    def code(self, module: SourceModule, name: str) -> None:
        """Code of this name is loaded without its module, as a pickle may hold it."""
        for node in module.at(name):
            body = [node.body] if isinstance(node, ast.Lambda) else node.body
            reading = read(body, self._modules.target)
            self._take(module, reading)
            waiting = list(reading.definitions)
            while waiting:
                inner = read(waiting.pop().body, self._modules.target)
                self._take(module, inner)
                waiting.extend(inner.definitions)

    def follow(self) -> Reached:
        """Everything that can be run from what was given so far."""
        while self._waiting:
            while self._waiting:
                self._follow(*self._waiting.pop())
            for module, name in sorted(self._classes):
                self._methods(module, name)
        return self.reached

    def _unit(self, module: SourceModule, unit: str) -> None:
        if (module.name, unit) not in self.reached.units:
            self.reached.units.add((module.name, unit))
            self._take(module, module.unit(unit))

    def _take(self, module: SourceModule, reading: Reading) -> None:
        self.reached.readings.append((module, reading))
        self._waiting.append((module, reading))

    def _follow(self, module: SourceModule, reading: Reading) -> None:
        self._called |= reading.attributes
        self._prefixes |= reading.prefixes - {""}
        for one in reading.imports:
            absolute = module.absolute(one)
            self.module(absolute)
            for name in one.names:
                self.module(f"{absolute}.{name}")
        for line, beginning in reading.computed:
            if not self._package(beginning):
                self.reached.computed.append((module, line))
        for name in reading.names:
            self._name(module, name)
        for name in module.definitions if reading.prefixes else ():
            if any(prefix and name.startswith(prefix) for prefix in reading.prefixes):
                self._name(module, name)

    def _package(self, beginning: str) -> bool:
        package = beginning.rstrip(".")
        if not beginning.endswith(".") or not self._modules.is_folder(package):
            return False
        for root in self._modules.roots:
            for file in sorted((root / package.replace(".", "/")).glob("*.py")):
                self.module(f"{package}.{file.stem}", whole=True)
        return True

    def _name(self, module: SourceModule, name: str, seen: frozenset[tuple[str, str]] = frozenset()) -> None:
        """Reach what a name, perhaps a dotted one, stands for in a module."""
        if (module.name, name) in seen:
            return
        seen |= {(module.name, name)}
        if name in module.definitions:
            self._definition(module, name)
            return
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            for source, original in module.bindings.get(".".join(parts[:length]), ()):
                self._bound(source, ".".join([*([original] if original else []), *parts[length:]]), seen)
        if parts[0] not in module.bindings:
            for source, _ in module.bindings.get("*", ()):
                self._bound(source, name, seen)

    def _bound(self, source: str, rest: str, seen: frozenset[tuple[str, str]]) -> None:
        parts = [part for part in rest.split(".") if part]
        for length in range(len(parts), -1, -1):
            module = self._modules.find(".".join([source, *parts[:length]]))
            if module is not None:
                if parts[length:]:
                    self._name(module, ".".join(parts[length:]), seen)
                return

    def _definition(self, module: SourceModule, name: str) -> None:
        node = module.definitions[name]
        if not isinstance(node, ast.ClassDef):
            self._unit(module, name)
            return
        if (module.name, name) in self._classes:
            return
        self._classes.add((module.name, name))
        # What it inherits from, and what it is made with.
        header = [*node.bases, *(keyword.value for keyword in node.keywords)]
        self._take(module, read(header, self._modules.target))

    def _methods(self, module_name: str, name: str) -> None:
        module = self._modules.find(module_name)
        if module is None:
            return
        active = (module_name, name) in self._active or self._has_foreign_base(module, name, frozenset())
        for method, unit in module.methods(name).items():
            special = method.startswith("__") and method.endswith("__")
            by_prefix = any(method.startswith(prefix) for prefix in self._prefixes)
            if special or by_prefix or method in self._called or (active and method not in _OF_TRAINING):
                self._unit(module, unit)

    def _has_foreign_base(self, module: SourceModule, name: str, seen: frozenset[str]) -> bool:
        """Whether a library's class is among those that it inherits from: that calls what it overrides."""
        node = module.definitions.get(name)
        if not isinstance(node, ast.ClassDef) or f"{module.name}:{name}" in seen:
            return False
        inner = seen | {f"{module.name}:{name}"}
        for base in node.bases:
            written = ast.unparse(base).partition("[")[0]
            own = self._own_class(module, written)
            if own is not None and self._has_foreign_base(*own, inner):
                return True
            if own is None and written.rpartition(".")[2] not in _PASSIVE:
                return True
        return False

    def _own_class(self, module: SourceModule, name: str) -> tuple[SourceModule, str] | None:
        if name in module.definitions:
            return module, name
        first, _, rest = name.partition(".")
        for source, original in module.bindings.get(first, ()):
            inner = ".".join(part for part in (original, rest) if part)
            found = self._modules.find(source)
            if found is not None and inner in found.definitions:
                return found, inner
        return None


def unreached(modules: Iterable[SourceModule], reached: Reached) -> list[tuple[SourceModule, Reading]]:
    """What modules do that was not reached."""
    return [
        (module, module.unit(unit))
        for module in modules
        for unit in ["", *module.definitions]
        if (module.name, unit) not in reached.units and not isinstance(module.definitions.get(unit), ast.ClassDef)
    ]
