"""A ``conda.yaml``: what MLflow, and conda itself, make a conda environment from.

Format: https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html#create-env-file-manually.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import yaml

from mpk_build.foundation.errors import UsageError
from mpk_build.foundation.yaml_depth import DEEPEST, LOADER, too_deep

CONDA_FORGE = "conda-forge"
DEFAULTS = "defaults"
NODEFAULTS = "nodefaults"
# What ``defaults`` stands for, by each name: https://docs.anaconda.com/working-with-conda/channels/.
_ANACONDAS = frozenset({DEFAULTS, "anaconda", "main", "r", "msys2", "free", "pro", "mro", "archive"})
_HOSTS = ("repo.anaconda.com", "repo.continuum.io")
_OPEN_HOSTS = ("conda.anaconda.org", "anaconda.org")

_TOKEN = re.compile(r"/t/[^/]+")


@dataclass(frozen=True)
class CondaFile:
    """What it says.

    Attributes:
        name: The environment's name, or "".
        channels: As they are written, the first wins; empty where it names none.
        dependencies: Specifications of conda packages as they are written.
        pip: Lines of the requirements file in it, for pip.
    """

    name: str
    channels: tuple[str, ...]
    dependencies: tuple[str, ...]
    pip: tuple[str, ...]

    @property
    def python(self) -> str | None:
        """The version of Python that it asks for, such as ``3.11.7``, where it asks for one exactly."""
        for one in self.dependencies:
            found = re.fullmatch(r"python\s*={1,2}\s*(\d+(?:\.\d+)*)(?:\.\*|=.*)?", one.rpartition("::")[2])
            if found:
                return found[1]
        return None


def parse(text: str, name: str) -> CondaFile:
    """Read one.

    Raises:
        UsageError: It is no conda environment; says why.
    """
    try:
        if too_deep(text) is not None:
            raise UsageError(f"{name} is nested deeper than {DEEPEST} levels, as no conda.yaml is")
        data = yaml.load(text, Loader=LOADER)  # noqa: S506 - it is a safe one
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(data, dict):
        raise UsageError(f"{name} is no conda environment: expected a map with channels and dependencies")
    dependencies = _list(data, "dependencies", name)
    pip = [line for one in dependencies if isinstance(one, dict) for line in _list(one, "pip", name)]
    return CondaFile(
        name=str(data.get("name") or ""),
        channels=tuple(map(str, _list(data, "channels", name))),
        dependencies=tuple(str(one) for one in dependencies if not isinstance(one, dict)),
        pip=tuple(map(str, pip)),
    )


def _list(data: dict[str, Any], key: str, name: str) -> list[Any]:
    value = data.get(key)
    if value is not None and not isinstance(value, list):
        raise UsageError(f"{name}: found {type(value).__name__} in '{key}'; expected a list")
    return value or []


def is_anacondas(channel: str) -> bool:
    """Whether a channel is one of Anaconda's own, however it is named: by name, with a platform, by address."""
    written = channel.strip().rstrip("/").lower()
    if "://" not in written:
        return written.removeprefix("pkgs/").split("/")[0] in _ANACONDAS
    address = urlsplit(_TOKEN.sub("", written))
    first = next((part for part in address.path.split("/") if part not in ("", "pkgs")), "")
    return address.hostname in _HOSTS or (address.hostname in _OPEN_HOSTS and first in _ANACONDAS)


def without_secrets(channel: str) -> str:
    """A channel as it can be shown: without a password, and without the token that some addresses hold."""
    return re.sub(r"://[^/?#\s]*@", "://", _TOKEN.sub("", channel))


def channel_of(dependency: str) -> str | None:
    """The channel that a specification such as ``defaults::numpy=1.26`` names."""
    channel, found, _ = dependency.rpartition("::")
    return channel if found else None


def package_name(dependency: str) -> str:
    """The name in a specification such as ``conda-forge::numpy>=1.26``."""
    return re.split(r"[\s=<>!~\[]", dependency.rpartition("::")[2].strip(), maxsplit=1)[0].lower()


def has_build(dependency: str) -> bool:
    """Whether a specification names a build of one channel, such as ``numpy=1.19.2=py38h54aff64_0``."""
    parts = dependency.rpartition("::")[2].split("=")
    return len(parts) == 3 and all(part.strip() for part in parts)  # noqa: PLR2004 - name, version, build
