"""Which package of Debian has a shared library.

The table is the section ``libs`` of Debian 12's index of files (``Contents-amd64``); a newer Debian and Ubuntu know
the same names, by what their packages provide. See https://wiki.debian.org/DebianRepository/Format#Contents_indices
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("debian_libraries.tsv")


def package_of(library: str) -> str | None:
    """The package that has a library, such as ``libgl1`` for ``libGL.so.1``; None for one that Debian does not have."""
    return _table().get(library)


@cache
def _table() -> dict[str, str]:
    return dict(line.split("\t") for line in _TABLE.read_text(encoding="utf-8").splitlines())
