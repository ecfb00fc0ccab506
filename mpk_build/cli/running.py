"""Runs a build for a command, and shows what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from mpk_build.foundation.documents import pretty, write_whole
from mpk_build.report.console import Console, megabytes
from mpk_build.report.documents import build_document, printed

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.results import BuildResult


def run_build(
    build: Build, *, as_json: bool, quiet: bool, verbose: bool, answer: Callable[[BuildResult], str] | None = None
) -> int:
    """Run a build to its end; returns the exit code.

    Args:
        build: The build.
        as_json: Print its document.
        quiet: Say nothing but errors.
        verbose: Show each stage's log.
        answer: What to print instead of its summary or document, if it succeeds.
    """
    console = Console(quiet=quiet, verbose=verbose)
    manifest = build.project.manifest
    if not quiet:
        console.say(f"{manifest.name} {manifest.version}")
    try:
        result = build.run(console)
    finally:
        console.close()
    document = build_document(result)
    write_whole(build.dist / "report.json", pretty(document).encode())
    if build.options.dist is None and not (build.dist / ".gitignore").exists():
        # As virtual environments do: what can be built again is not committed by accident.
        write_whole(build.dist / ".gitignore", b"*\n")
    if answer is not None and result.error is None:
        typer.echo(answer(result))
        return 0
    if as_json:
        typer.echo(printed(document))
    if result.error is not None:
        console.error(result.error)
        return result.error.exit_code
    if not quiet and not as_json:
        _summary(result, document, console)
    return 0


def _summary(result: BuildResult, document: dict[str, Any], console: Console) -> None:
    if all(stage.status == "cached" for stage in result.stages):
        console.say(f"Nothing changed; nothing ran ({result.seconds:.2f} s).")
    if "model" in document:
        typer.echo(f"model  {document['model']['path']}  {document['model']['digest']}")
    if "image" in document:
        image = document["image"]
        typer.echo(f"image  {image['path']}  {image['digest']}  {megabytes(image['size'])}  {image['name']}")
