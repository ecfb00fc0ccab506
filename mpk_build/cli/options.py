"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mpk_build.package.reading import Package
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.options import Options

ManifestFile = Annotated[Path, typer.Option("-f", "--file", help="The manifest.", metavar="FILE")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document on standard output.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="Say nothing but errors.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Show each stage's log.")]
Locked = Annotated[bool, typer.Option("--locked", help="Fail if the lock would change.")]
OutputFolder = Annotated[
    Path | None, typer.Option("-o", "--output", help="Put outputs there instead of dist/.", metavar="DIR")
]
Model = Annotated[
    str, typer.Argument(help="A package: a folder with an MLmodel file, or a URI of one.", metavar="[MODEL]")
]
TrustPickles = Annotated[
    bool, typer.Option("--trust-pickles", help="Load it although its pickles may run what no model needs.")
]

MANIFEST = Path("mpk.yaml")
MODEL = "dist/model"


def open_build(file: Path, options: Options) -> Build:
    """The build of a manifest.

    Raises:
        ManifestError: The manifest, or a stage of its project, is wrong.
    """
    from mpk_build.manifest.loading import load_project
    from mpk_build.pipeline.building import Build
    from mpk_build.store.location import open_store

    return Build(load_project(file), open_store(), options)


def model_folder(model: str) -> Path:
    """The folder that a MODEL argument names; what lies elsewhere is fetched into the store, once.

    Raises:
        UsageError: It names nothing.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    from mpk_build.package.uris import fetching
    from mpk_build.store.location import open_store

    return fetching.folder_of(model, lambda: open_store().folder("caches"))


def open_package(model: str) -> Package:
    """The package that a MODEL argument names.

    Raises:
        UsageError: It names no package; says what is missing or broken.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    from mpk_build.package.reading import read

    return read(model_folder(model))


def open_to_load(model: str, command: str, *, trusted: bool) -> Package:
    """The package that a MODEL argument names, whose pickles are judged before anything loads them.

    ``command``: what was typed, ``mpk predict`` or another. ``trusted``: that they are not to be judged.

    Raises:
        StageError: Unpickling it may run what no model needs.
        UsageError: It names no package; says what is missing or broken.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    from mpk_build.package.pickles.checking import check_before_loading

    package = open_package(model)
    if not trusted:
        hint = f"mpk inspect {model}; if you know who made it: {command} {model} --trust-pickles"
        check_before_loading(package.root, package.plain_document, hint)
    return package
