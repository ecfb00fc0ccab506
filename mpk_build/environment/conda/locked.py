"""The conda packages of a lock: a table of mpk's own at its end, for PEP 751 knows none.

``[tool.mpk.conda]`` says what it was solved from, each ``[[tool.mpk.conda.packages]]`` one file of a channel by its
address and sha256.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field
from typing import Any

from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError

_HEAD = "[tool.mpk.conda]"


@dataclass(frozen=True)
class Wish:
    """What a model asks of conda.

    Attributes:
        channels: Names or addresses, the first wins.
        dependencies: Specifications of packages.
        python: The language version, such as ``3.11``.
    """

    channels: tuple[str, ...]
    dependencies: tuple[str, ...]
    python: str


@dataclass(frozen=True)
class CondaPackage:
    """One package, as the file of a channel.

    Attributes:
        name: Its name.
        version: Its version.
        build: Its build, which tells packages of one version apart.
        build_number: The higher one wins.
        subdir: The platform, such as ``linux-64`` or ``noarch``.
        url: Where the file is.
        sha256: Of the file, in hexadecimal digits.
        noarch: ``python`` or ``generic`` for one that fits any platform, else "".
        depends: What it needs: it is linked after that.
    """

    name: str
    version: str
    build: str
    build_number: int
    subdir: str
    url: str
    sha256: str
    noarch: str = ""
    depends: list[str] = field(default_factory=list)


def made_from(wish: Wish, subdir: str) -> str:
    """The digest that decides whether what was solved is still right."""
    return digests.of_value([wish.channels, wish.dependencies, wish.python, subdir])


def without(lock: str) -> str:
    """A lock without its conda packages."""
    return lock.partition(f"\n{_HEAD}\n")[0].rstrip("\n") + "\n"


def with_packages(lock: str, origin: str, packages: list[CondaPackage]) -> str:
    """A lock with these conda packages; ``origin`` is what `made_from` gave."""
    tables = [f"{_HEAD}\nmade-from = {json.dumps(origin)}\n"]
    for package in sorted(packages, key=lambda one: one.name):
        rows = "".join(f"{name} = {json.dumps(value)}\n" for name, value in asdict(package).items())
        tables.append(f"[[tool.mpk.conda.packages]]\n{rows}")
    return without(lock) + "\n" + "\n".join(tables)


def carried(before: str, lock: str) -> str:
    """A lock with the conda packages that another one has."""
    origin = origin_of(before)
    return with_packages(lock, origin, packages_of(before)) if origin else lock


def origin_of(lock: str) -> str:
    """What the conda packages of a lock were solved from; "" where it has none."""
    return str(_table(lock).get("made-from", ""))


def packages_of(lock: str) -> list[CondaPackage]:
    """The conda packages of a lock.

    Raises:
        StageError: The table is not as mpk writes it.
    """
    try:
        return [CondaPackage(**one) for one in _table(lock).get("packages", [])]
    except TypeError:
        raise StageError("the lock's conda packages are not as mpk writes them", hint="mpk lock") from None


def _table(lock: str) -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(lock).get("tool", {}).get("mpk", {}).get("conda", {})
    return table
