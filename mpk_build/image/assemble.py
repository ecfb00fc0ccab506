"""Puts an image together, layer by layer, with no daemon and no ``RUN``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import MachineError, StageError
from mpk_build.image import base as bases
from mpk_build.image import contents, elf, interpreter, layout
from mpk_build.image.debian import package_of
from mpk_build.image.dependencies import Environment, layers_of
from mpk_build.image.entries import EXECUTABLE_MODE, Entry
from mpk_build.image.layers import LayerCache
from mpk_build.image.libraries import LOADED_BY_NAME, Libraries, Machine, Want, opened_by_name, wants_of
from mpk_build.image.tarball import COMPRESSOR

if TYPE_CHECKING:
    from mpk_build.image.config import Naming
    from mpk_build.image.dependencies import Install
    from mpk_build.image.descriptors import Layer
    from mpk_build.image.interpreter import Interpreter

_LIBC = "libc.so.6"
# Extensions that draw windows: an image has none, and their libraries are large.
_WINDOWS = ("libtk", "libtcl", "libX11", "libxcb")


@dataclass(frozen=True)
class Ingredients:
    """What an image is made of: a package and its document, its lock, a Python of its version, the base.

    ``opened`` are the shared libraries of this machine's system that the model was seen with.
    """

    package: Path
    document: Path
    lock: Path
    python: Path
    base: str = bases.SCRATCH
    opened: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assembled:
    """The image, and what is worth reporting of how it came about.

    Attributes:
        facts: The stage's facts: digests, sizes in bytes, layers, what was shipped from this machine.
        machine_files: The files of this machine, inputs aside, that the image's bytes follow from.
    """

    image: layout.Image
    facts: dict[str, Any]
    machine_files: list[Path]


def assemble(ingredients: Ingredients, naming: Naming, target: Path, cache: Path, install: Install) -> Assembled:
    """Assemble an image as an OCI layout in the folder ``target``.

    ``install`` unpacks a lock into a folder; ``cache`` keeps layers, and may be shared by concurrent builds.

    Raises:
        ManifestError: The name, a tag or the user can't be used.
        StageError: The base can't be used, or lacks libraries that the model needs.
        MachineError: This machine lacks something.
    """
    python = interpreter.probe(ingredients.python)
    base = bases.find(ingredients.base, cache)
    build = _Build(python, base, LayerCache(cache), naming.user)
    layers = build.layers(ingredients, install)
    image = layout.write(target, base, layers, cache, naming)
    facts = {
        "digest": image.digest,
        "config": image.config_digest,
        "size": image.size,
        "uncompressed": sum(layer.uncompressed for layer in layers),
        "base": base.pinned,
        "name": naming.references[0] if naming.tags else naming.name,
        "python": python.version,
        "compressor": COMPRESSOR,
        "libraries": sorted(build.shipped),
        "libraries_nobody_has": {_with_package(name): by for name, by in build.libraries.unknown.items()},
        "layers": [_as_fact(layer) for layer in [*base.layers, *layers]],
    }
    return Assembled(image, facts, sorted(build.machine_files()))


def _as_fact(layer: Layer) -> dict[str, Any]:
    data = asdict(layer)
    return {name: data[name] for name in ("purpose", "digest", "diff_id", "size", "cached")}


@dataclass
class _Build:
    python: Interpreter
    base: bases.Base
    cache: LayerCache
    user: str
    shipped: dict[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        described = elf.read_file(self.python.executable)
        if described is None or not described.loader:
            raise MachineError(f"{self.python.executable} is not a dynamically linked program of Linux.")
        self.loader = described.loader
        self.libraries = Libraries(self.base.tree, Machine(described.machine))

    def layers(self, ingredients: Ingredients, install: Install) -> list[Layer]:
        """All layers above the base, from those that rarely change to those that often do."""
        first = self._interpreter()
        model, model_wants = layers_of(self._dependencies(ingredients.lock), self.cache, install)
        server, server_wants = layers_of(self._server(), self.cache, install)
        linked = [*model_wants, *server_wants]
        opened = opened_by_name(ingredients.opened, [*linked, *self._linked], self.libraries.machine)
        own = self._ship([*linked, *opened])
        self._check()
        libraries = [self.cache.layer("libraries", own)] if own else []
        weights = contents.weights(ingredients.package)
        code = contents.code(ingredients.package, ingredients.document)
        return [
            first,
            *libraries,
            *model,
            *server,
            *([self.cache.layer("weights", weights)] if weights else []),
            self.cache.layer("code", code, contents.MODEL, self.python),
        ]

    def machine_files(self) -> set[Path]:
        """What of this machine is in the image, each kind by the files that change when it does."""
        zones = Path("/usr/share/zoneinfo/tzdata.zi")
        files = {path.resolve() for path in self.shipped.values()}
        return files | {self.python.executable} | ({zones} if zones.is_file() else set())

    def _interpreter(self) -> Layer:
        system = list(contents.system(self.base.tree, self.user))
        own = self.base.python(self.python.minor)
        if own:
            return self.cache.layer("interpreter", [*system, *interpreter.borrowed(own)])
        by_name = [Want(name, "the C library") for name in LOADED_BY_NAME]
        wants = [*self._linked, Want(PurePosixPath(self.loader).name, "the interpreter"), *by_name]
        whole = [*system, *self._own, *self._ship(wants)]
        return self.cache.layer("interpreter", whole, interpreter.stdlib_at(self.python), self.python)

    @cached_property
    def _own(self) -> list[Entry]:
        """This machine's interpreter."""
        return [entry for entry in interpreter.entries(self.python) if not _draws_windows(entry)]

    @cached_property
    def _linked(self) -> list[Want]:
        """What it is linked with."""
        return wants_of(self._own)

    def _dependencies(self, lock: Path) -> Environment:
        place = contents.ENVIRONMENT
        return Environment("dependencies", lock, place, place, self.python)

    def _server(self) -> Environment:
        own = tuple(contents.server())
        place, lock = contents.SERVER_LIBRARIES, contents.server_lock()
        return Environment("server", lock, place, contents.SERVER, self.python, own, split=False)

    def _ship(self, wants: list[Want]) -> list[Entry]:
        found = self.libraries.close(wants)
        self.shipped |= found
        return [Entry(self._library_at(name), source=path, mode=EXECUTABLE_MODE) for name, path in found.items()]

    def _library_at(self, name: str) -> str:
        if name == PurePosixPath(self.loader).name:
            return self.base.tree.resolve(self.loader)
        # The loader looks where its own C library lies, whatever else it is configured to do.
        beside = self.base.tree.library_folder(_LIBC)
        if beside is None:
            ours = self.libraries.machine.find(_LIBC)
            beside = self.base.tree.resolve(str((ours or Path("/lib/libc.so.6")).parent))
        return f"{beside}/{name}"

    def _check(self) -> None:
        lacking = dict(self.libraries.outdated)
        if self.base.python(self.python.minor):
            lacking |= self.libraries.shipped_for
        if lacking:
            lines = "".join(f"\n  {_with_package(what)}, needed by {by}" for what, by in sorted(lacking.items()))
            raise StageError(
                f"The base image {self.base.pinned} lacks shared libraries that the model needs:{lines}",
                hint="Take a base that has them, or `base: scratch`, which takes them from this machine.",
            )


def _with_package(library: str) -> str:
    package = package_of(library)
    return f"{library} (Debian: {package})" if package else library


def _draws_windows(entry: Entry) -> bool:
    if entry.source is None or not elf.is_shared_object(entry.path):
        return False
    described = elf.read_file(entry.source)
    return described is not None and any(name.startswith(_WINDOWS) for name in described.needed)
