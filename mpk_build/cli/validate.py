"""``mpk validate``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, Locked, ManifestFile, Quiet, TrustPickles, Verbose

if TYPE_CHECKING:
    from mpk_build.pipeline.overriding import Overrides
    from mpk_build.report.console import Console


def command(
    model: Annotated[
        str | None,
        typer.Argument(
            help="A package, of mpk or of MLflow: a folder with an MLmodel file, or a URI of one; default: the package"
            " of the manifest.",
            metavar="[MODEL]",
            show_default=False,
        ),
    ] = None,
    file: ManifestFile = MANIFEST,
    override: Annotated[
        list[str] | None,
        typer.Option("--override", help="Another requirement, for this time only.", metavar="REQ"),
    ] = None,
    requirements: Annotated[
        list[Path] | None,
        typer.Option("-r", "--requirements", help="Those of a requirements file, likewise.", metavar="FILE"),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("-i", "--input", help="Ask this .json or .csv file instead of the input example.", metavar="FILE"),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Keep in the manifest what worked.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Try what the diagnoses say, and keep it if it works.")] = False,
    locked: Locked = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
    trust_pickles: TrustPickles = False,
) -> int:
    """Load and predict with the packaged model in a clean environment, with other requirements for a moment."""
    from mpk_build.cli.running import run_build
    from mpk_build.foundation.errors import UsageError
    from mpk_build.pipeline import overriding
    from mpk_build.pipeline.options import Options
    from mpk_build.report.console import Console

    if model is not None:
        said = {"-f": file != MANIFEST, "--write": write, "--fix": fix, "--locked": locked}
        _refuse_beside(model, [name for name, is_said in said.items() if is_said])
        asked = overriding.read(override or [], requirements or [], source, keep=False)
        return _given(model, asked, as_json=as_json, trusted=trust_pickles)
    if trust_pickles:
        raise UsageError(
            "--trust-pickles is for a package that is validated as it is",
            hint="mpk validate MODEL --trust-pickles; in a manifest: validate: {pickles: report}",
        )
    console = Console(quiet=quiet, verbose=verbose)
    asked = overriding.read(override or [], requirements or [], source, keep=write)
    if fix and (asked.requirements or source or locked):
        raise UsageError("--fix finds out by itself what to override", hint="mpk validate --fix")
    if fix:
        return _fix(file, console, as_json=as_json)
    if asked.requirements or source:
        return _try(file, asked, console, write=write, locked=locked, as_json=as_json)
    if write:
        raise UsageError(
            "--write keeps overrides, and there are none", hint="mpk validate --override 'numpy<2' --write"
        )
    build = options.open_build(file, Options(None, "validate", locked, frozenset({"validate"})))
    return run_build(build, as_json=as_json, quiet=quiet, verbose=verbose)


def _refuse_beside(model: str, said: list[str]) -> None:
    from mpk_build.foundation.errors import UsageError

    if not said:
        return
    if "-f" in said:
        hint = f"mpk validate {model}, or mpk validate -f FILE"
    else:
        hint = f"mpk requirements add {model} REQ changes what the package itself requires"
    raise UsageError(f"{said[0]} is for the package of a manifest, and {model} has none", hint=hint)


def _given(model: str, asked: Overrides, *, as_json: bool, trusted: bool) -> int:
    from mpk_build.package.uris import addresses
    from mpk_build.pipeline import given_package
    from mpk_build.report import trials
    from mpk_build.report.console import Console
    from mpk_build.report.documents import printed
    from mpk_build.store.location import open_store

    package = options.open_to_load(model, "mpk validate", trusted=trusted)
    named = addresses.shown(model)
    trial = given_package.validate(package, named, open_store(), asked)
    if as_json:
        typer.echo(printed(trials.trial_document(trial, asked)))
    else:
        has_outputs = package.model.schema("outputs") is not None
        for line in trials.package_lines(trial, asked, named, has_outputs=has_outputs):
            typer.echo(line)
    if trial.error is not None:
        Console().error(trial.error)
        return trial.error.exit_code
    return 0


def _try(file: Path, asked: Overrides, console: Console, *, write: bool, locked: bool, as_json: bool) -> int:
    from dataclasses import replace

    from mpk_build.pipeline import overriding
    from mpk_build.pipeline.options import Options
    from mpk_build.report import trials
    from mpk_build.report.documents import printed

    build = options.open_build(file, Options(until="package", locked=locked, publish=False))
    result = build.run(console)
    if result.error is not None:
        raise result.error
    trial = overriding.try_overrides(build, asked)
    if write and trial.error is None:
        trial = replace(trial, written=overriding.write(build.project.file, trial.edits))
    if as_json:
        typer.echo(printed(trials.trial_document(trial, asked)))
    else:
        for line in trials.trial_lines(trial, asked, file.name if write else None):
            typer.echo(line)
    if trial.error is not None:
        console.error(trial.error)
        return trial.error.exit_code
    return 0


def _fix(file: Path, console: Console, *, as_json: bool) -> int:
    from mpk_build.manifest.loading import load_project
    from mpk_build.pipeline.fixing import Fixing, Step
    from mpk_build.report import trials
    from mpk_build.report.documents import printed
    from mpk_build.store.location import open_store

    def show(step: Step) -> None:
        console.error(step.error)
        for line in trials.step_lines(step):
            console.say(line)

    fixed = Fixing(load_project(file), open_store(), console, show).run()
    if as_json:
        typer.echo(printed(trials.fixed_document(fixed)))
    else:
        for line in trials.fixed_lines(fixed, file.name):
            typer.echo(line)
    if fixed.error is not None:
        console.error(fixed.error)
        return fixed.error.exit_code
    return 0
