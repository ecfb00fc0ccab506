"""``mpk lock``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, Locked, ManifestFile, Quiet, Verbose

if TYPE_CHECKING:
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.results import BuildResult
    from mpk_build.report.console import Console


def command(
    file: ManifestFile = MANIFEST,
    upgrade: Annotated[
        bool, typer.Option("--upgrade", "-U", help="Take the newest that is allowed of all that is not pinned.")
    ] = False,
    upgrade_package: Annotated[
        list[str] | None, typer.Option("--upgrade-package", "-P", help="Of this package alone.", metavar="NAME")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; fail if the lock is not what it should be.")
    ] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Show why the model needs each requirement.")] = False,
    locked: Locked = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Find what the model needs, and write it pinned and hashed to pylock.<name>.toml."""
    from mpk_build.cli.running import run_build
    from mpk_build.foundation.errors import UsageError
    from mpk_build.manifest.loading import load_project
    from mpk_build.pipeline import lock
    from mpk_build.pipeline.options import Options
    from mpk_build.report.console import Console

    if check and explain:
        raise UsageError("--check and --explain exclude each other", hint="mpk lock --explain")
    if locked and (upgrade or upgrade_package):
        raise UsageError("--upgrade changes the lock, and --locked forbids that", hint="mpk lock --upgrade --check")
    project = load_project(file)
    upgraded = lock.upgrades(project, everything=upgrade, names=upgrade_package or [])
    again = frozenset({"infer-env"} if upgraded else ())
    build = options.open_build(file, Options(None, "infer-env", locked, again, publish=not check, upgrade=upgraded))
    if check:
        return _check(build, Console(quiet=quiet, verbose=verbose), as_json=as_json)
    before = lock.committed(project)
    answer = partial(_explanation, as_json=as_json) if explain else None
    code = run_build(build, as_json=as_json, quiet=quiet, verbose=verbose, answer=answer)
    after = lock.committed(project)
    if upgraded and code == 0 and after is not None and not (quiet or as_json):
        _show(lock.moved(before, after))
        for name in lock.unmoved(before, after, upgraded):
            why = "that is the newest that is allowed, or what the model was made with"
            Console().say(f"{name} stays at {after.versions[name]}: {why}")
    return code


def _explanation(result: BuildResult, *, as_json: bool) -> str:
    from mpk_build.report import explanation
    from mpk_build.report.documents import printed

    stage = result.stage("infer-env")
    facts = stage.facts if stage is not None else {}
    return printed(explanation.document(facts)) if as_json else explanation.text(facts)


def _check(build: Build, console: Console, *, as_json: bool) -> int:
    from mpk_build.pipeline import lock
    from mpk_build.report.documents import check_document, printed

    checked = lock.check(build, console)
    if as_json:
        typer.echo(printed(check_document(checked, lock.path_of(build.project))))
    else:
        _show(checked.changes)
    if checked.error is None:
        return 0
    console.error(checked.error)
    return checked.error.exit_code


def _show(changed: list[dict[str, str | None]]) -> None:
    from mpk_build.report import changes

    for change in changed:
        typer.echo(changes.line(change))
