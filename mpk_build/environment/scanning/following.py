"""All modules of the project that the source of some of them imports, and the packages whose data it asks for.

More than `reaching` says: each function of a module counts here, whether the model was seen to come to it or not, for
a module too many costs a few bytes, and one that is missing an outage. What can't run on the model's Python, or only
for a type checker or under ``__main__``, does not count.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from mpk_build.environment.scanning.modules import ProjectModules, SourceModule
    from mpk_build.environment.scanning.reading import Import, Reading

_OF_RESOURCES = ("importlib.resources", "importlib_resources", "pkgutil", "pkg_resources")


@dataclass
class Followed:
    """What was found.

    Attributes:
        modules: Name and file of each module, and the name of the one in whose source it stands.
        data: The packages whose data is asked for, and their folders.
    """

    modules: dict[str, tuple[Path, str]] = field(default_factory=dict)
    data: dict[str, list[Path]] = field(default_factory=dict)


def follow(loaded: Iterable[str], modules: ProjectModules) -> Followed:
    """Follow imports from the modules of these names, which are not in the result themselves."""
    result = Followed()
    waiting = sorted(set(loaded))
    known = set(waiting)
    while waiting:
        module = modules.find(waiting.pop())
        if module is None:
            continue
        for package in _packages_asked(module):
            result.data[package] = modules.folders(package)
        for name in sorted(_imported(module, modules)):
            for above in _chain(name):
                file = modules.file(above) if above not in known else None
                if file is not None:
                    known.add(above)
                    result.modules[above] = (file, module.name)
                    waiting.append(above)
    return result


def _chain(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _readings(module: SourceModule) -> Iterator[Reading]:
    for unit in ["", *module.definitions]:
        if not isinstance(module.definitions.get(unit), ast.ClassDef):
            yield module.unit(unit)


def _imported(module: SourceModule, modules: ProjectModules) -> set[str]:
    names: set[str] = set()
    for reading in _readings(module):
        for one in reading.imports:
            names.update(_names(module, one, modules))
        for _, beginning in reading.computed:
            names.update(_of_package(_absolute(module, beginning), modules))
    return names


def _names(module: SourceModule, one: Import, modules: ProjectModules) -> Iterator[str]:
    absolute = module.absolute(one)
    yield absolute
    for name in one.names:
        if name == "*":
            source = modules.find(absolute)
            yield from (f"{absolute}.{public}" for public in (_public(source) if source else ()))
        else:
            yield f"{absolute}.{name}"


def _public(module: SourceModule) -> list[str]:
    """What ``__all__`` lists: ``from package import *`` imports what of it is a module."""
    found = []
    for node in module.tree.body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        if any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
            found += [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    return [name for name in found if isinstance(name, str)]


def _absolute(module: SourceModule, beginning: str) -> str:
    level = len(beginning) - len(beginning.lstrip("."))
    if not level:
        return beginning
    parts = module.package.split(".")
    return ".".join([*parts[: len(parts) - level + 1], beginning[level:]])


def _of_package(beginning: str, modules: ProjectModules) -> Iterator[str]:
    """The modules that a name with this beginning may mean, such as all of ``app.plugins.``."""
    package, dot, start = beginning.rpartition(".")
    if not dot or not package:
        return
    for folder in modules.folders(package):
        for path in sorted(folder.iterdir()):
            name = path.name.partition(".")[0]
            if name.isidentifier() and name.startswith(start) and (path.is_dir() or path.suffix in (".py", ".so")):
                yield package if name == "__init__" else f"{package}.{name}"


def _packages_asked(module: SourceModule) -> Iterator[str]:
    for reading in _readings(module):
        for called, anchor in reading.resources:
            if _is_of_resources(module, called):
                yield from filter(None, _meant(module, anchor))


def _is_of_resources(module: SourceModule, called: str) -> bool:
    first, _, rest = called.partition(".")
    meant = {".".join(part for part in (*bound, rest) if part) for bound in module.bindings.get(first, ())}
    return any(name.rpartition(".")[0] in _OF_RESOURCES for name in {called, *meant})


def _meant(module: SourceModule, anchor: str) -> list[str]:
    """The packages that the first argument of such a call may mean; what only a run tells is the module's own."""
    if anchor[:1] in ("'", '"'):
        return [str(ast.literal_eval(anchor))]
    first, _, rest = anchor.partition(".")
    bound = module.bindings.get(first, ())
    if anchor in ("", "__package__", "__name__") or not bound:
        return [module.package]
    return [".".join(part for part in (*one, rest) if part) for one in bound]
