"""What a model needs that is on no index: told from where the source environment has it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mpk_build.environment import lockfile
from mpk_build.environment.local_projects import LocalWheel
from mpk_build.environment.names import normalised
from mpk_build.foundation import digests

if TYPE_CHECKING:
    from mpk_build.environment.installed import Installed
    from mpk_build.environment.local_projects import Builder


@dataclass(frozen=True)
class Elsewhere:
    """What the model needs that is on no index.

    Attributes:
        direct: ``NAME @ URL``, of repositories and archives.
        wheels: Of what lies on this machine.
    """

    direct: tuple[str, ...]
    wheels: tuple[LocalWheel, ...]

    @property
    def sources(self) -> list[str]:
        """The files that the wheels were built from; a folder whose list of files counts ends in a slash."""
        return [source for wheel in self.wheels for source in wheel.sources]

    def unnamed(self, requirements: list[str]) -> list[str]:
        """The addresses of what only another requirement pulls in: no index has it, so it has to be named."""
        from packaging.requirements import Requirement

        named = {normalised(Requirement(one).name) for one in requirements}
        return [one for one in self.direct if one.split(" @ ")[0] not in named]

    @property
    def files(self) -> dict[str, str]:
        """Distribution to the path of its wheel in the package."""
        return {wheel.name: f"{lockfile.WHEELS}/{wheel.file.name}" for wheel in self.wheels}


def find(requirements: list[str], bounds: list[str], installed: Installed, builder: Builder) -> Elsewhere:
    """What of the requirements, and of all that they pull in, the source environment has from no index.

    Where the manifest asks for another version, or names a place itself, that is what counts.

    Args:
        requirements: What the model asks for.
        bounds: Overrides, and the lines of a constraints file.
        installed: The source environment.
        builder: Builds the wheels.

    Raises:
        StageError: A project can't be built.
        MachineError: What builds it can't be fetched.
    """
    asked = [*requirements, *bounds]
    others = {name for line in asked if (name := _elsewhere_than_installed(line, installed))}
    names = sorted((closure(requirements, installed) & installed.references.keys()) - others)
    references = [installed.references[name] for name in names]
    given = [wheel for line in asked if (wheel := _given_wheel(line)) is not None]
    direct = tuple(f"{name} @ {one.url}" for name, one in zip(names, references, strict=True) if not one.is_local)
    return Elsewhere(direct, (*given, *(builder.wheel(one) for one in references if one.is_local)))


def closure(requirements: list[str], installed: Installed) -> set[str]:
    """The requirements and all that they pull in, as far as it is installed."""
    from packaging.requirements import Requirement

    parsed = [Requirement(one) for one in requirements]
    asked = [(normalised(one.name), frozenset(one.extras)) for one in parsed]
    return {name for top, extras in asked for name in installed.closure(top, extras)}


def _given_wheel(line: str) -> LocalWheel | None:
    """The wheel of this machine that a line of the manifest names itself."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return None
    address = urlsplit(requirement.url or "")
    file = Path(unquote(address.path))
    if address.scheme != "file" or file.suffix != ".whl" or not file.is_file():
        return None
    name = normalised(requirement.name)
    return LocalWheel(name, file.name.split("-")[1], file, digests.of_file(file), sources=(str(file),))


def _elsewhere_than_installed(line: str, installed: Installed) -> str | None:
    """The name of what a line wants from another place, or at another version, than the source environment has it."""
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(re.split(r"\s#", line)[0])
    except InvalidRequirement:
        return None
    name = normalised(requirement.name)
    reference = installed.references.get(name)
    if reference is None:
        return None
    if requirement.url is not None:
        return name if requirement.url != reference.url else None
    return None if requirement.specifier.contains(reference.version, prereleases=True) else name
