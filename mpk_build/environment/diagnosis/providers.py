"""Which distribution provides a module: by what the source environment has, else by what is commonly known."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from mpk_build.environment.names import normalised
from mpk_build.foundation.documents import read_json

# Well-known modules that are not called like their distribution, collected by hand; each was looked up in the files of
# that distribution's newest wheel on PyPI (November 2026) but for the few that have none. Where several distributions
# provide a module, first the one that a server wants: opencv-python-headless needs no libGL.
_KNOWN = Path(__file__).with_name("known_modules.json")
# Folders that many distributions share: what lies in them is called after the whole of its path.
_NAMESPACES = ("azure", "google", "opentelemetry", "ruamel", "zope", "backports", "sphinxcontrib", "jaraco")
_LONGEST = 3


def requirement_for(module: str, providers: dict[str, str]) -> str:
    """The requirement that most likely provides a module, such as ``scikit-learn==1.9.1`` or ``PyYAML``."""
    for name in _prefixes(module):
        if name in providers:
            return providers[name]
        if name in _known():
            return _at_version(_known()[name], providers)
    below = sorted({one for name, one in providers.items() if name.startswith(f"{module}.")})
    if len(below) == 1:
        return below[0]
    parts = module.split(".")
    return "-".join(parts[:_LONGEST] if parts[0] in _NAMESPACES else parts[:1]).replace("_", "-")


def is_known(module: str, providers: dict[str, str]) -> bool:
    """Whether something is known to provide a module, rather than guessed by its name."""
    return any(name in providers or name in _known() for name in _prefixes(module))


def candidates(module: str, providers: dict[str, str]) -> list[str]:
    """The normalised names of all distributions that may provide a module, likeliest first."""
    known = next((_known()[name] for name in _prefixes(module) if name in _known()), [])
    return [normalised(one.partition("==")[0]) for one in (requirement_for(module, providers), *known)]


def _prefixes(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _at_version(names: list[str], providers: dict[str, str]) -> str:
    plain = [normalised(name) for name in names]
    return next((one for one in providers.values() if normalised(one.partition("==")[0]) in plain), names[0])


@cache
def _known() -> dict[str, list[str]]:
    return {
        module: [names] if isinstance(names, str) else list(names) for module, names in dict(read_json(_KNOWN)).items()
    }
