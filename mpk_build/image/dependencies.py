"""The layers of what a lock installs: each large distribution in its own, all small ones in another.

So two models that share numpy share its layer, and another version of a small library moves few bytes.
What a lock comes to is remembered, and while its layers are there nothing is installed again.
"""

from __future__ import annotations

import json
import os
import tomllib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.foundation import documents
from mpk_build.foundation.digests import of_bytes, of_value
from mpk_build.foundation.errors import StageError
from mpk_build.image import distributions
from mpk_build.image.layers import LayerCache, code_digest
from mpk_build.image.libraries import Want, wants_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mpk_build.image.descriptors import Layer
    from mpk_build.image.distributions import Distribution
    from mpk_build.image.entries import Entry
    from mpk_build.image.interpreter import Interpreter

    Install = Callable[[Path, Path, Path], None]  # (lock, target folder, interpreter)

LARGE = 8 << 20  # bytes installed; the largest that are below it are together about as large as one above
_MOST_LARGE = 40  # engines allow 127 layers in all


@dataclass(frozen=True)
class Part:
    """Files that go into one layer together: what they are for, and their key."""

    purpose: str
    key: str
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Environment:
    """A lock, where its files go in the image, and the Python that they are for.

    ``extra`` joins the small distributions; Python files below ``compile_at`` get bytecode.
    """

    purpose: str
    lock: Path
    at: str
    compile_at: str
    python: Interpreter
    extra: tuple[Entry, ...] = ()
    split: bool = True


def layers_of(environment: Environment, cache: LayerCache, install: Install) -> tuple[list[Layer], list[Want]]:
    """The layers of an environment, and the shared libraries that its files need of others.

    Raises:
        StageError: The lock can't be read or installed.
        MachineError: What was installed is not what its wheels say.
    """
    known = cache.folder / "environments" / f"{_key(environment, cache)}.json"
    remembered = _remembered(known, cache)
    if remembered:
        return remembered
    with cache.scratch() as scratch:
        tree = scratch / "tree"
        install(environment.lock, tree, environment.python.executable)
        found = distributions.read_tree(tree, environment.at)
        wants = wants_of([*distributions.all_entries(found), *environment.extra])
        parts = _parts(found, environment, cache)
        layers = _make(parts, environment, cache)
    document = {
        "parts": [[part.purpose, part.key] for part in parts],
        "wants": [want.as_data() for want in wants],
    }
    documents.write_whole(known, documents.canonical(document))
    return layers, wants


def _make(parts: Sequence[Part], environment: Environment, cache: LayerCache) -> list[Layer]:
    at, python = environment.compile_at, environment.python
    # Compression leaves the interpreter's lock, and compiling is another process, so threads do.
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda one: cache.keyed(one.purpose, one.key, one.entries, at, python), parts))


def _key(environment: Environment, cache: LayerCache) -> str:
    try:
        lock = tomllib.loads(environment.lock.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StageError(f"The lock {environment.lock} can't be read: {error}.") from error
    # Comments in it hold the command that wrote it, paths included; times in it are no JSON.
    packages = of_bytes(json.dumps(lock.get("packages"), sort_keys=True, default=str).encode())
    extra = cache.key(environment.extra)
    places = [environment.at, environment.compile_at, environment.split]
    whole = [packages, extra, *places, environment.python.identity, code_digest()]
    return of_value(whole).removeprefix("sha256:")


def _remembered(known: Path, cache: LayerCache) -> tuple[list[Layer], list[Want]] | None:
    try:
        document: dict[str, Any] = documents.read_json(known)
        layers = [cache.find(purpose, key) for purpose, key in document["parts"]]
        wants = [Want.from_data(want) for want in document["wants"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    whole = [layer for layer in layers if layer]
    return (whole, wants) if len(whole) == len(layers) else None


def _parts(found: list[Distribution], environment: Environment, cache: LayerCache) -> list[Part]:
    large: Sequence[Distribution] = ()
    if environment.split:
        by_size = sorted((one for one in found if one.size >= LARGE), key=lambda one: (-one.size, one.name))
        large = sorted(by_size[:_MOST_LARGE], key=lambda one: one.name)
    groups = [(f"{environment.purpose} {one.name}", one.entries) for one in large]
    small = [*distributions.all_entries([one for one in found if one not in large]), *environment.extra]
    if small:
        groups.append((environment.purpose, tuple(small)))
    at, python = environment.compile_at, environment.python
    return [Part(purpose, cache.key(entries, at, python), entries) for purpose, entries in groups]
