"""``mpk schema``."""

from __future__ import annotations

import typer


def command() -> int:
    """Print the JSON Schema of the manifest."""
    from mpk_build.foundation.documents import pretty
    from mpk_build.manifest.json_schema import json_schema

    typer.echo(pretty(json_schema()), nl=False)
    return 0
