"""``mpk cache``."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mpk_build.cli.options import AsJson

if TYPE_CHECKING:
    from mpk_build.environment.keeping.listing import Listed
    from mpk_build.store.pruning import Pruned

app = typer.Typer(help="Look after the store of what stages made.", no_args_is_help=True)

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_BYTES = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


@app.command("info")
def info(as_json: AsJson = False) -> int:
    """Show where the store is and how large its parts are."""
    from mpk_build.report.console import megabytes
    from mpk_build.store.location import default_root, sizes

    root = default_root()
    parts = sizes(root)
    if as_json:
        return _print({"path": str(root), "parts": parts, "size": sum(parts.values())})
    typer.echo(f"{root}  {megabytes(sum(parts.values()))}")
    for name, size in parts.items():
        typer.echo(f"  {name:<12} {megabytes(size):>10}")
    return 0


@app.command("list")
def list_environments(as_json: AsJson = False) -> int:
    """List the kept environments, the one that was used last first."""
    from mpk_build.environment.keeping.listing import environments
    from mpk_build.store.location import default_root

    root = default_root()
    found = environments(root / "caches" / "environments")
    if as_json:
        return _print({"path": str(root), "environments": [_as_data(one) for one in found]})
    if not found:
        typer.echo(f"{root} keeps no environments")
        return 0
    typer.echo(f"{'':<12} {'python':<8} {'manager':<11} {'packages':>8} {'size':>10}  {'last used':<16}  models")
    for one in found:
        typer.echo(_row(one))
    return 0


@app.command("prune")
def prune(
    older_than: Annotated[
        str | None, typer.Option("--older-than", help="Take out what was not used for so long.", metavar="30d")
    ] = None,
    max_size: Annotated[
        str | None,
        typer.Option("--max-size", help="Take out what was unused longest, down to this size.", metavar="10GB"),
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Take out what nothing can use, and what is old or too much; nothing that is in use."""
    from mpk_build.store import pruning
    from mpk_build.store.location import default_root

    limits = pruning.Limits(
        older_than_s=None if older_than is None else _number("--older-than", older_than, _SECONDS, "30d"),
        max_size=None if max_size is None else int(_number("--max-size", max_size, _BYTES, "10GB")),
    )
    pruned = pruning.prune(default_root(), limits)
    if as_json:
        return _print(
            {
                "path": str(default_root()),
                "freed": pruned.freed,
                "removed": pruned.removed,
                "busy": pruned.busy,
                "size": pruned.size,
            }
        )
    _say(pruned)
    return 0


@app.command("clear")
def clear(as_json: AsJson = False) -> int:
    """Empty the store; what is in it can be made again."""
    from mpk_build.report.console import megabytes
    from mpk_build.store import location

    root = location.default_root()
    freed = location.clear(root)
    if as_json:
        return _print({"path": str(root), "freed": freed})
    typer.echo(f"{root} is empty; {megabytes(freed)} are free again")
    return 0


def _print(document: dict[str, Any]) -> int:
    from mpk_build.report.documents import printed

    typer.echo(printed({"schema_version": 1, "ok": True, **document}))
    return 0


def _say(pruned: Pruned) -> None:
    from mpk_build.report.console import megabytes

    removed = ", ".join(f"{number} {kind}" for kind, number in sorted(pruned.removed.items())) or "nothing"
    typer.echo(f"{removed} taken out; {megabytes(pruned.freed)} are free again, {megabytes(pruned.size)} are left")
    if pruned.busy:
        typer.echo("a build or an endpoint uses the store, so only environments that nobody uses were looked at")


def _as_data(one: Listed) -> dict[str, Any]:
    return {**vars(one), "folder": str(one.folder), "models": list(one.models), "used": round(one.used)}


def _row(one: Listed) -> str:
    from mpk_build.report.console import megabytes

    used = time.strftime("%Y-%m-%d %H:%M", time.localtime(one.used))
    remark = ", ".join(one.models) if one.state == "ready" else one.state
    columns = f"{one.folder.name[:12]:<12} {one.python:<8} {one.manager:<11} {one.packages or '':>8}"
    return f"{columns} {megabytes(one.size):>10}  {used}  {remark}".rstrip()


def _number(option: str, text: str, units: dict[str, int], example: str) -> float:
    from mpk_build.foundation.errors import UsageError

    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text.strip())
    known = {name.lower(): factor for name, factor in units.items()}
    if found is None or found[2].lower() not in known:
        raise UsageError(f"{option} '{text}' is not what it should be; expected such as {example}")
    return float(found[1]) * known[found[2].lower()]
