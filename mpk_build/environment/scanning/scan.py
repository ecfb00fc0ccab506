"""What the source of a model's code mentions: modules and distributions, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment.scanning import by_name
from mpk_build.environment.scanning.modules import ProjectModules
from mpk_build.environment.scanning.reaching import Reaching, unreached

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.environment.scanning.conditions import Target
    from mpk_build.environment.scanning.modules import SourceModule
    from mpk_build.environment.scanning.reading import Import, Reading


@dataclass(frozen=True)
class Loaded:
    """What is known to be loaded of the project's code.

    Attributes:
        modules: Name and file of the modules that were imported.
        entrypoint: ``module:attribute`` of a class or function that is the model, or None.
        references: ``module:name`` of what pickles refer to.
        code: ``file:name`` of the code objects that pickles hold.
        given: The manifest's ``code_paths``.
        is_object: Whether the model is an object of a class of the project.
    """

    modules: tuple[tuple[str, Path], ...]
    entrypoint: str | None = None
    references: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    given: tuple[Path, ...] = ()
    is_object: bool = False


@dataclass(frozen=True)
class Mention:
    """A module, or with ``is_distribution`` a distribution, that source names.

    Attributes:
        names: The module, most precise first: ``from a import b`` may mean ``a.b`` or else ``a``.
        file: Where.
        line: The line.
        why: What speaks against it, or says how it is meant, in words; or None.
        guarded: Whether the code goes on without it.
        instead_of: The modules that it stands in for.
        is_distribution: Whether it is asked for by the name of the distribution.
        library: For a module that a library imports by name: those of which one must be installed.
    """

    names: tuple[str, ...]
    file: Path
    line: int
    why: str | None = None
    guarded: bool = False
    instead_of: tuple[str, ...] = ()
    is_distribution: bool = False
    library: tuple[str, ...] = ()


@dataclass
class Scan:
    """What was found.

    Attributes:
        reached: Mentions in code that the model can come to run.
        unreached: Mentions in the rest of the captured code.
        computed: File and line of imports by a name that is known only when the code runs.
        unread: Files that are no valid Python for mpk's own interpreter.
    """

    reached: list[Mention] = field(default_factory=list)
    unreached: list[Mention] = field(default_factory=list)
    computed: list[tuple[Path, int]] = field(default_factory=list)
    unread: list[Path] = field(default_factory=list)


def scan(loaded: Loaded, roots: tuple[Path, ...], target: Target) -> Scan:
    """Read what can be run of the project's code; roots as in `capturing.SourceProject`."""
    modules = ProjectModules(roots, target, set())
    reaching = Reaching(modules)
    for name, file in loaded.modules:
        modules.add(name, file)
        reaching.module(name)
    for reference in [*([loaded.entrypoint] if loaded.entrypoint else []), *loaded.references]:
        module, _, name = reference.partition(":")
        reaching.entry(module, name, model=loaded.is_object or reference == loaded.entrypoint)
    by_file = {str(one.file): one for one in modules.known()}
    for code in loaded.code:
        code_file, _, function = code.rpartition(":")
        for source in _at(code_file, roots, modules, by_file):
            reaching.code(source, function)
    reached = reaching.follow()
    given = [one for path in loaded.given for one in modules.below(path)]
    if reached.computed:
        # What is imported by a name that only a run tells may be any of the code that the manifest gives.
        for one in given:
            reaching.module(one.name, whole=True)
        reached = reaching.follow()
    result = Scan(unread=sorted(modules.unread))
    result.reached = [one for source, reading in reached.readings for one in _mentions(source, reading, modules)]
    rest = unreached({one.name: one for one in [*modules.known(), *given]}.values(), reached)
    result.unreached = [one for source, reading in rest for one in _mentions(source, reading, modules)]
    result.computed = sorted({(source.file, line) for source, line in reached.computed})
    return result


def _at(
    file: str, roots: tuple[Path, ...], modules: ProjectModules, by_file: dict[str, SourceModule]
) -> Iterator[SourceModule]:
    # A pickle has file names relative to where the module was imported from.
    for path in [Path(file)] if Path(file).is_absolute() else [root / file for root in roots]:
        if str(path) in by_file:
            yield by_file[str(path)]
        elif path.is_file() and any(path.is_relative_to(root) for root in roots):
            yield from modules.below(path)


def _mentions(module: SourceModule, reading: Reading, modules: ProjectModules) -> Iterator[Mention]:
    for one in reading.imports:
        if not one.level and modules.find(one.module) is None:
            yield from _imported(module, one, modules)
    for lookup, line in reading.lookups.items():
        function, _, name = lookup.partition(" ")
        if _asks_for_metadata(module, function):
            yield Mention((name,), module.file, line, is_distribution=True)
    for call, line in reading.calls.items():
        libraries, found = by_name.of_call(call.rpartition(".")[2])
        if found:
            yield Mention(found, module.file, line, f"for {call.rpartition('.')[2]}", library=libraries)
    for text, line in reading.strings.items():
        libraries, found = by_name.of_text(text)
        if found:
            yield Mention(found, module.file, line, f"for {text.partition('://')[0]}://", library=libraries)


def _imported(module: SourceModule, one: Import, modules: ProjectModules) -> Iterator[Mention]:
    why = None
    if one.instead_of:
        why = f"instead of {' or '.join(one.instead_of)}"
    elif one.guarded:
        why = "the code goes on without it"
    for name in one.names or ("",):
        if name and modules.find(f"{one.module}.{name}") is not None:
            continue
        precise = (f"{one.module}.{name}",) if name and name != "*" else ()
        yield Mention((*precise, one.module), module.file, one.line, why, one.guarded, one.instead_of)


def _asks_for_metadata(module: SourceModule, function: str) -> bool:
    first, _, rest = function.partition(".")
    meant = {".".join(part for part in (*bound, rest) if part) for bound in module.bindings.get(first, ())}
    return any(
        name.rpartition(".")[0] in ("importlib.metadata", "importlib_metadata", "pkg_resources") for name in meant
    )
