"""Anaconda's channels in a package's ``conda.yaml``: found, explained, and moved to conda-forge.

MLflow before 1.18 put ``defaults`` into every model; see "How to Migrate Anaconda Dependency for License Change" in its
documentation of models.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from mpk_build.foundation import digests, yaml_text
from mpk_build.foundation.documents import write_whole
from mpk_build.foundation.errors import UsageError
from mpk_build.package import conda_file, mlmodel
from mpk_build.package.conda_file import CONDA_FORGE, CondaFile

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.reading import Package

LICENCE = (
    "Anaconda changed the terms of service of its channels: who relies on its packaging and distribution may need a"
    " commercial licence. MLflow before 1.18 named them in every model, whether its author meant it or not; since then"
    " it names conda-forge, which is run by its community."
)
_DEFAULT = "conda.yaml"


@dataclass(frozen=True)
class Finding:
    """One place that takes packages from Anaconda.

    Attributes:
        where: Such as ``channels``, or the dependency that names the channel.
        channel: As it is written; ``defaults`` where nothing is and conda takes that.
        why: In a few words.
    """

    where: str
    channel: str
    why: str


def file_of(package: Package) -> Path | None:
    """A package's ``conda.yaml``, or None where it has none."""
    file: Path = package.root / (package.model.environment.conda or _DEFAULT)
    return file if file.is_file() else None


def findings(conda: CondaFile) -> list[Finding]:
    """The places that take packages from Anaconda's channels; none where everything is well."""
    found = [
        Finding("channels", conda_file.without_secrets(channel), "it is one of Anaconda's")
        for channel in conda.channels
        if _is_bad(channel)
    ]
    if not conda.channels:
        found.append(Finding("channels", conda_file.DEFAULTS, "it names no channel, so conda takes its defaults"))
    for dependency in conda.dependencies:
        channel = conda_file.channel_of(dependency)
        if channel is not None and conda_file.is_anacondas(channel):
            found.append(Finding(dependency, channel, "its channel is one of Anaconda's"))
    return found


def fixed(text: str, name: str) -> str:
    """The text of a ``conda.yaml`` with conda-forge in the place of Anaconda's channels; else as it was.

    Raises:
        UsageError: It is written in a way that mpk can't edit.
    """
    conda = conda_file.parse(text, name)
    wanted = tuple(dict.fromkeys(CONDA_FORGE if _is_bad(one) else one for one in conda.channels)) or (CONDA_FORGE,)
    text = _channels(text, list(conda.channels), list(wanted))
    for at, dependency in _dependencies(text):
        channel = conda_file.channel_of(dependency)
        if channel is not None and conda_file.is_anacondas(channel):
            moved = f"{CONDA_FORGE}{dependency[len(channel) :]}"
            text = yaml_text.replace_item(text, ("dependencies",), at, moved)
    after = conda_file.parse(text, name)
    if after.channels != wanted or findings(after) or after.pip != conda.pip:
        raise UsageError(f"{name} is written in a way that mpk can't edit", hint=f"name {CONDA_FORGE} in it by hand")
    return text


def fix(package: Package, file: Path) -> bool:
    """Move a package to conda-forge; what its document says of the package's content follows.

    Returns whether the document's ``model_uuid`` was made from the content, and so is another now: it is in packages of
    mpk, while MLflow takes a random one.

    Raises:
        UsageError: The file is written in a way that mpk can't edit; the package is as it was.
    """
    text = fixed(file.read_text(encoding="utf-8"), str(file))
    document = package.root / "MLmodel"
    before = str(package.document.get("model_uuid", ""))
    ours = before != "" and before == identity(package, {})
    name = file.relative_to(package.root).as_posix()
    after = identity(package, {name: digests.of_bytes(text.encode())})
    if ours:
        described = document.read_text(encoding="utf-8").replace(f"model_uuid: {before}", f"model_uuid: {after}")
        write_whole(document, described.encode())
    write_whole(file, text.encode())
    return ours


def identity(package: Package, changed: dict[str, str]) -> str:
    """The ``model_uuid`` that a package has by its content; ``changed`` (path to digest) counts for what is there."""
    files = {
        file.relative_to(package.root).as_posix(): digests.of_file(file) for file in digests.source_files(package.root)
    }
    del files["MLmodel"]
    return mlmodel.identity(package.plain_document, {**files, **changed})


def _is_bad(channel: str) -> bool:
    return conda_file.is_anacondas(channel)


def _channels(text: str, before: list[str], wanted: list[str]) -> str:
    if not before:
        return yaml_text.set_value(text, ("channels",), wanted, ("name", "channels"))
    kept: set[str] = set()
    gone = []
    for at, channel in enumerate(before):
        moved = CONDA_FORGE if _is_bad(channel) else channel
        if moved in kept:
            gone.append(at)
        elif moved != channel:
            text = yaml_text.replace_item(text, ("channels",), at, moved)
        kept.add(moved)
    for at in reversed(gone):
        text = yaml_text.delete_item(text, ("channels",), at)
    return text


def _dependencies(text: str) -> list[tuple[int, str]]:
    listed = yaml.safe_load(text).get("dependencies") or []
    return [(at, one) for at, one in enumerate(listed) if isinstance(one, str)]
