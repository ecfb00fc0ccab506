"""Names that pickles import: those of libraries, which are known, and those that no model needs."""

from __future__ import annotations

import functools
from pathlib import Path

Name = tuple[str, str]
_FOLDER = Path(__file__).parent
_BASE = ("python", "scipy", "pandas", "joblib")
_INCLUDE = "include"


def known(flavors: frozenset[str]) -> frozenset[Name]:
    """What pickles of flavors may import: the values of Python, numpy, scipy and pandas, and their libraries' own.

    Those of all libraries where none of the flavors has a list: a custom model may hold one of any.
    """
    there = {path.stem for path in (_FOLDER / "known").glob("*.txt")}
    lists = flavors & there or there
    return frozenset().union(*(_list(name) for name in (*_BASE, *lists)))


@functools.cache
def by_value() -> frozenset[Name]:
    """What a pickle imports to make functions and classes whose code it holds."""
    return frozenset(_lines(_FOLDER / "by_value.txt"))


def is_dangerous(name: Name) -> bool:
    """Whether it is among what runs programs or texts, reads attributes by name, or opens files and connections."""
    module, attribute = name
    parts = module.split(".")
    above = [(".".join(parts[:length]), "*") for length in range(1, len(parts) + 1)]
    # With dots, it is an attribute of something: perhaps a module that was imported there.
    inner = attribute.split(".")
    through = [(one, "*") for one in inner[:-1]] if len(inner) > 1 else []
    return not _dangerous().isdisjoint([name, *above, *through])


@functools.cache
def _dangerous() -> frozenset[Name]:
    return frozenset(_lines(_FOLDER / "dangerous.txt"))


@functools.cache
def _list(name: str) -> frozenset[Name]:
    lines = _lines(_FOLDER / "known" / f"{name}.txt")
    included = [_list(other) for first, other in lines if first == _INCLUDE]
    return frozenset(line for line in lines if line[0] != _INCLUDE).union(*included)


def _lines(file: Path) -> list[Name]:
    pairs = [line.split(" ") for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return [(module, name) for module, name in pairs]
