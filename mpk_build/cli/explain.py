"""``mpk explain``."""

from __future__ import annotations

from typing import Annotated

import typer

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, ManifestFile


def command(
    stage: Annotated[str, typer.Argument(help="The stage.", metavar="STAGE")],
    file: ManifestFile = MANIFEST,
    as_json: AsJson = False,
) -> int:
    """Show what a stage is made from, and what changed since the last build."""
    from mpk_build.foundation.errors import UsageError
    from mpk_build.pipeline.options import Options
    from mpk_build.report import packaged_code
    from mpk_build.report.documents import printed

    build = options.open_build(file, Options())
    planned = next((one for one in build.plan() if one.spec.name == stage), None)
    if planned is None:
        names = ", ".join(spec.name for spec in build.stages)
        raise UsageError(f"there is no stage '{stage}'", hint=f"one of: {names}")
    components = planned.components or {}
    changes = build.planner.changes(planned.spec, components) if planned.components and planned.status == "run" else []
    if as_json:
        document = {
            "schema_version": 1,
            "ok": True,
            "stage": stage,
            "summary": planned.spec.says.summary,
            "status": planned.status,
            "why": planned.why,
            "key": planned.key,
            "components": components,
            "changed": changes,
            "facts": planned.record.facts if planned.record else None,
        }
        typer.echo(printed(document))
        return 0
    typer.echo(f"{stage}: {planned.spec.says.summary}\n{planned.status}: {planned.why}")
    # What was looked for and is not there counts, and is nothing to read.
    for name, value in ((name, value) for name, value in components.items() if value != "absent"):
        typer.echo(f"  {name:<24} {value if isinstance(value, str) else printed_line(value)}")
    for change in changes:
        typer.echo(f"changed: {change}")
    if planned.record is not None and "code" in planned.record.facts:
        typer.echo(packaged_code.text(planned.record.facts))
    return 0


def printed_line(value: object) -> str:
    """A component's value in one line."""
    import json

    return json.dumps(value, ensure_ascii=False, sort_keys=True)
