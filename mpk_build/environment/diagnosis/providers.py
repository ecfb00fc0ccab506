"""Which distribution provides a module: by what the source environment has, else by what is commonly known."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from mpk_build.foundation.documents import read_json

# Well-known modules that are not called like their distribution, collected by hand; each was looked up in the files of
# that distribution's newest wheel on PyPI (November 2026) but for the few that have none. Where several distributions
# provide a module it is the one that a server wants: opencv-python-headless needs no libGL.
_KNOWN = Path(__file__).with_name("known_modules.json")


def requirement_for(module: str, providers: dict[str, str]) -> str:
    """The requirement that most likely provides a module, such as ``scikit-learn==1.9.1`` or ``PyYAML``."""
    known = _known()
    for name in _prefixes(module):
        if name in providers:
            return providers[name]
        if name in known:
            return _at_version(known[name], providers)
    return module.split(".", maxsplit=1)[0].replace("_", "-")


def _prefixes(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def is_known(module: str, providers: dict[str, str]) -> bool:
    """Whether something is known to provide a module, rather than guessed by its name."""
    return any(name in providers or name in _known() for name in _prefixes(module))


def _at_version(name: str, providers: dict[str, str]) -> str:
    plain = normalised(name)
    return next((one for one in providers.values() if normalised(one.partition("==")[0]) == plain), name)


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def _known() -> dict[str, str]:
    return dict(read_json(_KNOWN))
