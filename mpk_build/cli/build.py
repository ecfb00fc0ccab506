"""``mpk build``."""

from __future__ import annotations

from typing import Annotated

import typer

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, Locked, ManifestFile, OutputFolder, Quiet, Verbose


def command(
    file: ManifestFile = MANIFEST,
    until: Annotated[str | None, typer.Option("--until", help="Stop after this stage.", metavar="STAGE")] = None,
    output: OutputFolder = None,
    locked: Locked = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Run the pipeline: infer-env, package, validate, image, smoke-test."""
    from mpk_build.cli.running import run_build
    from mpk_build.pipeline.options import Options

    build = options.open_build(file, Options(output, until, locked))
    return run_build(build, as_json=as_json, quiet=quiet, verbose=verbose)
