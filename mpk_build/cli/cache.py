"""``mpk cache``."""

from __future__ import annotations

import typer

from mpk_build.cli.options import AsJson

app = typer.Typer(help="Look after the store of what stages made.", no_args_is_help=True)


@app.command("info")
def info(as_json: AsJson = False) -> int:
    """Show where the store is and how large its parts are."""
    from mpk_build.report.console import megabytes
    from mpk_build.report.documents import printed
    from mpk_build.store.location import default_root, sizes

    root = default_root()
    parts = sizes(root)
    if as_json:
        typer.echo(
            printed(
                {
                    "schema_version": 1,
                    "ok": True,
                    "path": str(root),
                    "parts": parts,
                    "size": sum(parts.values()),
                }
            )
        )
        return 0
    typer.echo(f"{root}  {megabytes(sum(parts.values()))}")
    for name, size in parts.items():
        typer.echo(f"  {name:<12} {megabytes(size):>10}")
    return 0


@app.command("clear")
def clear(as_json: AsJson = False) -> int:
    """Empty the store; what is in it can be made again."""
    from mpk_build.report.console import megabytes
    from mpk_build.report.documents import printed
    from mpk_build.store import location

    root = location.default_root()
    freed = location.clear(root)
    if as_json:
        typer.echo(printed({"schema_version": 1, "ok": True, "path": str(root), "freed": freed}))
    else:
        typer.echo(f"{root} is empty; {megabytes(freed)} are free again")
    return 0
