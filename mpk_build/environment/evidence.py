"""From what a process was seen to import and use to the distributions that this speaks for.

A distribution counts when something outside of it imported one of its modules: an optional module that a library
really imported counts (accelerators change results), a search for one, or a library's look at which versions there
are, does not. The project's own look at a version counts, for without the distribution it fails.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment.names import normalised
from mpk_build.environment.needs import Evidence, Found, LeftOut
from mpk_build.environment.scanning import guards
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mpk_build.environment.installed import Installed
    from mpk_build.environment.seen import Module, Use

# Tools of an environment. What would do without them tries to import them all the same.
_TOOLS = frozenset(("pip", "setuptools", "wheel", "uv"))
_DEEP = 1000
_RUNTIME = runtime_folder() / "mpk_runtime"
# What makes model inputs, and not the flavors, which are part of a model.
_OF_INPUTS = (_RUNTIME / "enforcement", _RUNTIME / "examples")
_LAST_WITH_DISTUTILS = (3, 11)


@dataclass
class Gathered:
    """What was found.

    Attributes:
        found: Evidence by distribution.
        own: Modules that belong to no distribution.
        direct: Distributions that the project's own code imports itself.
        importers: Distribution to those that imported it.
        rooted: Distributions that something else than a distribution imported.
        left_out: What was found and does not count.
    """

    found: Found = field(default_factory=Found)
    own: list[Module] = field(default_factory=list)
    direct: set[str] = field(default_factory=set)
    importers: dict[str, set[str]] = field(default_factory=dict)
    rooted: set[str] = field(default_factory=set)
    left_out: dict[str, LeftOut] = field(default_factory=dict)


class Gathering:
    """Gathers evidence.

    Args:
        installed: The source environment.
        roots: The folders of the project's own modules; the first is the project.
        python: The version of the model's Python, such as ``(3, 11)``.
        given: The manifest's ``code_paths``.
    """

    def __init__(
        self, installed: Installed, roots: tuple[Path, ...], python: tuple[int, ...], given: tuple[Path, ...] = ()
    ) -> None:
        self.installed = installed
        self.given = given
        self.roots = roots
        self.python = python
        self.result = Gathered()
        self._ranks: dict[str, tuple[bool, bool, int]] = {}

    def modules(self, modules: Iterable[Module]) -> None:
        """Add what imports say."""
        unsure: list[tuple[Module, tuple[str, ...]]] = []
        for module in modules:
            owners = self._owners(module)
            if not owners:
                self.result.own.append(module)
            elif len(owners) > 1:
                unsure.append((module, owners))
            else:
                self._imported(module, owners[0])
        for module, owners in unsure:
            if not any(owner in self.result.found for owner in owners):
                self._imported(module, owners[0])
        self._drop_what_nothing_needs()

    def uses(self, uses: Iterable[Use]) -> None:
        """Add what was used without an import; call it after `modules`."""
        imported = self.result.found.names()
        for use in uses:
            if use.how == "asked":
                self._asked(use)
                continue
            if use.file is not None:
                owners = self.installed.owners.of_file(use.file)
            else:
                owners = self.installed.owners.of_module(use.name or "")
            for owner in owners[:1]:
                if owner not in imported and owner not in _TOOLS:
                    self.result.found.add(owner, _of_use(use))

    def where(self, file: str | None, line: int | None) -> dict[str, Any]:
        """File and line of the project as evidence has them; empty for any other file."""
        if file is None:
            return {}
        path = Path(file)
        for root in self.roots:
            if path.is_relative_to(root) and not self.installed.owners.of_file(file):
                return {"file": relative(path, self.roots[0]), "line": line}
        return {}

    def _owners(self, module: Module) -> tuple[str, ...]:
        owners = self.installed.owners.of_file(module.file)
        if self.is_editable_here(module.file, owners):
            return ()
        inside = any(Path(module.file).is_relative_to(root) for root in self.roots)
        return owners if owners or inside else self.installed.owners.of_top_level(module.name)

    def is_editable_here(self, file: str, owners: tuple[str, ...]) -> bool:
        """Whether a file of these distributions is the model's own code, however it is installed.

        The project itself is, and what the manifest gives; not what lies in the project's ``.venv``.
        """
        editable = self.installed.owners.editable
        folders = [folder for folder, name in editable if name in owners and file.startswith(folder)]
        own = any(Path(file).is_relative_to(path) for path in self.given)
        return bool(folders) and (own or any(self.roots[0].is_relative_to(folder) for folder in folders))

    def _imported(self, module: Module, owner: str) -> None:
        if self.python[:2] <= _LAST_WITH_DISTUTILS and module.name.split(".")[0] == "distutils":
            return  # the standard library's, which setuptools puts its own in front of
        importer = self._importer(module.by)
        self._plugin(module)
        if importer == owner:
            return
        where = self.where(module.by, module.line)
        if owner in _TOOLS and not where and self._tool_is_optional(module, importer):
            evidence = Evidence("imported", module.phase, module.name, detail=importer)
            self.result.left_out.setdefault(owner, LeftOut(owner, "a tool, and its import is optional", (evidence,)))
            return
        if where:
            self.result.direct.add(owner)
        if importer is None and not self._is_of_an_input(module, owner):
            self.result.rooted.add(owner)
        if importer is not None:
            self.result.importers.setdefault(owner, set()).add(importer)
        # What the project imports itself says most; then what is known to have been imported from outside.
        rank = (not where, module.by is None, module.name.count("."))
        if rank < self._ranks.get(owner, (True, True, _DEEP)):
            self._ranks[owner] = rank
            evidence = Evidence("imported", module.phase, module.name, detail=importer, **where)
            known = self.result.found.evidence.setdefault(owner, [])
            known[:] = [evidence, *(one for one in known if one.how != "imported")]

    def _drop_what_nothing_needs(self) -> None:
        # What a tool imported that does not count itself.
        evidence, importers = self.result.found.evidence, self.result.importers
        alive = {name for name in evidence if name in self.result.rooted or not importers.get(name)}
        while True:
            more = {name for name in evidence if name not in alive and importers.get(name, set()) & alive}
            if not more:
                break
            alive |= more
        for name in set(evidence) - alive:
            del evidence[name]

    def _tool_is_optional(self, module: Module, importer: str | None) -> bool:
        return importer in _TOOLS or module.by is None or guards.catches_import_error(Path(module.by), module.line or 0)

    @staticmethod
    def _is_of_an_input(module: Module, owner: str) -> bool:
        # Numbers become an array where numpy is installed, whether the model asks for one or not.
        if owner != "numpy" or module.by is None:
            return False
        return Path(module.by).parent == _RUNTIME or any(Path(module.by).is_relative_to(room) for room in _OF_INPUTS)

    def _plugin(self, module: Module) -> None:
        if module.plugin is None:
            return
        point = module.plugin
        owner = self.installed.entry_point_owner(point["group"], point["name"], point["value"])
        if owner is not None:
            detail = f"{point['group']}: {point['name']} = {point['value']}".removeprefix(": ")
            self.result.found.add(owner, Evidence("plugin", module.phase, module.name, detail=detail))

    def _importer(self, file: str | None) -> str | None:
        # mpk loads the model, also where it is itself installed in the model's environment.
        if file is None or Path(file).is_relative_to(_RUNTIME):
            return None
        owners = self.installed.owners.of_file(file)
        return owners[0] if owners else None

    def _asked(self, use: Use) -> None:
        name = normalised(use.name or "")
        if name not in self.installed:
            return
        where = self.where(use.by, use.line)
        if where:
            self.result.found.add(name, Evidence("metadata", use.phase, **where))
        elif name not in self.result.found:
            importer = self._importer(use.by)
            evidence = Evidence("metadata", use.phase, detail=importer)
            why = f"only its version was asked for{f', by {importer}' if importer else ''}"
            self.result.left_out.setdefault(name, LeftOut(name, why, (evidence,)))


def relative(path: Path, root: Path) -> str:
    """A path as reports have it: relative to the project, also where it lies beside it."""
    return Path(os.path.relpath(path, root)).as_posix()


def _of_use(use: Use) -> Evidence:
    name = Path(use.file).name if use.file is not None else None
    if use.how == "library":
        return Evidence("library", use.phase, detail=name)
    if use.how == "program":
        return Evidence("program", use.phase, module=use.name, detail=name)
    return Evidence("metadata", use.phase, detail=name)
