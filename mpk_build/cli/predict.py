"""``mpk predict``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from mpk_build.cli.options import MODEL, Model, TrustPickles, open_to_load


def command(
    model: Model = MODEL,
    source: Annotated[
        Path | None,
        typer.Option(
            "-i",
            "--input",
            help="A .json, .csv, .parquet, .npy, .npz, .txt, .bin, .png or .jpg file, or - for JSON on standard input; "
            "default: the input example.",
            metavar="FILE",
        ),
    ] = None,
    target: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Where to write; default: standard output.", metavar="FILE"),
    ] = None,
    trust_pickles: TrustPickles = False,
) -> int:
    """Predict with a packaged model, in its own environment; the output is {"predictions": ...}."""
    from mpk_build.environment.prediction import predict
    from mpk_build.foundation.documents import write_whole
    from mpk_build.foundation.errors import UsageError
    from mpk_build.manifest.paths import EXAMPLE_SUFFIXES
    from mpk_build.store.location import open_store

    package = open_to_load(model, "mpk predict", trusted=trust_pickles)
    if target is not None and target.is_dir():
        raise UsageError(f"{target} is a folder; expected a file to write to", hint=f"-o {target}/predictions.json")
    serving = package.root / "serving_input_example.json"
    if source is None and not serving.is_file() and not package.model.saved_input_example_info:
        raise UsageError(f"{model} has no input example", hint="mpk predict MODEL -i FILE")
    body: bytes | None
    if source is None:
        # MLflow 1 and 2 up to 2.12 stored no request.
        body, suffix = serving.read_bytes() if serving.is_file() else None, ".json"
    elif str(source) == "-":
        body, suffix = sys.stdin.buffer.read(), ".json"
    elif not source.is_file():
        raise UsageError(
            f"there is no input {source}",
            hint="mpk predict -i FILE, or without -i for the package's own example",
        )
    else:
        body, suffix = source.read_bytes(), source.suffix.lower()
        if suffix not in EXAMPLE_SUFFIXES:
            # As ever: what says nothing else is JSON.
            suffix = ".json"
    answer = predict(package, body, suffix=suffix, caches=open_store().folder("caches"))
    if target is None:
        typer.echo(answer)
    else:
        write_whole(target, f"{answer}\n".encode())
    return 0
