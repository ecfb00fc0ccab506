"""``mpk plan``."""

from __future__ import annotations

import typer

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, ManifestFile


def command(file: ManifestFile = MANIFEST, as_json: AsJson = False) -> int:
    """Show what a build would run, and why, without running it."""
    from mpk_build.pipeline.options import Options
    from mpk_build.report.documents import plan_document, printed

    build = options.open_build(file, Options())
    plan = build.plan()
    build.store.stats.save()
    if as_json:
        typer.echo(printed(plan_document(plan)))
        return 0
    for stage in plan:
        typer.echo(f"{stage.spec.name:<12} {stage.status:<8} {stage.why}")
    return 0
