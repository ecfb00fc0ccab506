"""``mpk doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpk_build.cli.options import AsJson

if TYPE_CHECKING:
    from mpk_build.pipeline.doctor.checks import Check

_SHOWN = {"ok": "ok", "absent": "-", "missing": "missing"}


def command(
    model: Annotated[
        Path | None, typer.Argument(help="A package; without one, this machine is looked at.", metavar="[MODEL]")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Move the package to conda-forge.")] = False,
    as_json: AsJson = False,
) -> int:
    """Look at this machine, or at a package: does it take anything from Anaconda's channels?"""
    from mpk_build.foundation.errors import UsageError

    if model is not None:
        return _package(model, fix=fix, as_json=as_json)
    if fix:
        raise UsageError("--fix changes a package, and none is named", hint="mpk doctor dist/model --fix")
    return _machine(as_json=as_json)


def _machine(*, as_json: bool) -> int:
    from mpk_build.foundation.errors import MachineError
    from mpk_build.pipeline.doctor.checks import check
    from mpk_build.report.documents import printed
    from mpk_build.store.location import default_root

    checks = check(default_root())
    missing = any(one.state == "missing" for one in checks)
    if as_json:
        typer.echo(printed({"schema_version": 1, "ok": not missing, "checks": [vars(one) for one in checks]}))
    else:
        for one in checks:
            typer.echo(_row(one))
    return MachineError.exit_code if missing else 0


def _row(one: Check) -> str:
    hint = f"  ({one.hint})" if one.hint and one.state != "ok" else ""
    return f"{one.name:<8} {_SHOWN[one.state]:<8} {one.detail}{hint}"


def _package(model: Path, *, fix: bool, as_json: bool) -> int:
    from mpk_build.foundation.errors import StageError
    from mpk_build.package import conda_file
    from mpk_build.package.reading import read
    from mpk_build.pipeline.doctor import channels
    from mpk_build.report.documents import printed

    package = read(model)
    file = channels.file_of(package)
    text = file.read_text(encoding="utf-8", errors="replace") if file is not None else ""
    conda = conda_file.parse(text, str(file)) if file is not None else None
    found = channels.findings(conda) if conda is not None else []
    builds = [one for one in conda.dependencies if conda_file.has_build(one)] if conda is not None and found else []
    renamed = channels.fix(package, file) if fix and found and file is not None else False
    if as_json:
        document = {"findings": [vars(one) for one in found], "builds": builds, "fixed": bool(fix and found)}
        typer.echo(printed({"schema_version": 1, "ok": not found or fix, "path": str(model), **document}))
        return 0 if fix or not found else StageError.exit_code
    if file is None or not found:
        typer.echo(f"{file or model}: nothing comes from a channel of Anaconda's")
        return 0
    for one in found:
        typer.echo(f"{file}: {one.where}: {one.channel}: {one.why}")
    for build in builds:
        typer.echo(f"{file}: {build}: conda-forge may not have this very build; if so, leave the build out")
    if fix:
        also = ", and model_uuid in MLmodel follows" if renamed else ""
        typer.echo(f"{file} names conda-forge now{also}")
        return 0
    typer.echo(f"\n{channels.LICENCE}\nTo move this package to conda-forge: mpk doctor {model} --fix")
    return StageError.exit_code
