"""``mpk validate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, Locked, ManifestFile, Quiet, Verbose

if TYPE_CHECKING:
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.overriding import Trial
    from mpk_build.report.console import Console


def command(
    file: ManifestFile = MANIFEST,
    override: Annotated[
        list[str] | None,
        typer.Option("--override", help="Another requirement, for this time only.", metavar="REQ"),
    ] = None,
    locked: Locked = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Load and predict with the packaged model in a clean environment, with other requirements for a moment."""
    from mpk_build.cli.running import run_build
    from mpk_build.pipeline import overriding
    from mpk_build.pipeline.options import Options
    from mpk_build.report.console import Console

    if not override:
        build = options.open_build(file, Options(None, "validate", locked, frozenset({"validate"})))
        return run_build(build, as_json=as_json, quiet=quiet, verbose=verbose)
    overriding.check(override)
    build = options.open_build(file, Options(until="package", locked=locked, publish=False))
    return _try(build, override, Console(quiet=quiet, verbose=verbose), as_json=as_json)


def _try(build: Build, overrides: list[str], console: Console, *, as_json: bool) -> int:
    from mpk_build.pipeline.overriding import try_overrides
    from mpk_build.report.documents import printed, trial_document

    result = build.run(console)
    if result.error is not None:
        raise result.error
    trial = try_overrides(build, overrides)
    if as_json:
        typer.echo(printed(trial_document(trial, overrides)))
    else:
        _show(trial, overrides)
    if trial.error is not None:
        console.error(trial.error)
        return trial.error.exit_code
    return 0


def _show(trial: Trial, overrides: list[str]) -> None:
    from mpk_build.report import changes

    typer.echo(f"with {', '.join(overrides)}:")
    for change in trial.changes:
        typer.echo(f"  {changes.line(change)}")
    if not trial.changes:
        typer.echo("  the lock would not change")
    if trial.error is None:
        facts = trial.facts
        typer.echo(
            f"  loads in {facts['load_s']:.1f} s, predicts the same in {facts['predict_s']:.2f} s; nothing was changed"
        )
