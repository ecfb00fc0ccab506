"""``mpk requirements``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mpk_build.cli.options import MANIFEST, AsJson, ManifestFile, Quiet, model_folder

app = typer.Typer(help="Edit what a model requires: in its manifest, or in a package of it.", no_args_is_help=True)

Wanted = Annotated[
    list[str], typer.Argument(help="Requirements, then perhaps a package or a manifest.", metavar="REQ... [TARGET]")
]
Override = Annotated[
    bool, typer.Option("--override", help="In the manifest's list of what wins over anything that asks.")
]


@app.command("add")
def add(
    wanted: Wanted,
    file: ManifestFile = MANIFEST,
    override: Override = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Add requirements, each in the place of the one of its name and marker, if there is one."""
    from mpk_build.foundation.errors import UsageError
    from mpk_build.manifest import editing

    requirements, target = _split(wanted, file)
    texts = tuple(one.strip() for one in requirements)
    for one in texts:
        editing.parsed(one.split(" --hash")[0])
    if not _is_package(target):
        return _tell(_manifest(target, editing.add_requirements(target, texts, override=override)), as_json, quiet)
    if override:
        raise UsageError("a package has no list of overrides", hint=f"mpk validate --override '{texts[0]}'")
    return _tell(_package(target, add=texts), as_json, quiet)


@app.command("remove")
def remove(wanted: Wanted, file: ManifestFile = MANIFEST, as_json: AsJson = False, quiet: Quiet = False) -> int:
    """Remove every requirement of some names."""
    from mpk_build.environment.packaged import normalised_name
    from mpk_build.manifest import editing

    requirements, target = _split(wanted, file)
    names = tuple(normalised_name(one) for one in requirements)
    if not _is_package(target):
        return _tell(_manifest(target, editing.remove_requirements(target, names)), as_json, quiet)
    return _tell(_package(target, remove=names), as_json, quiet)


@app.command("list")
def list_(
    target: Annotated[
        str | None,
        typer.Argument(help="A package, a URI of one, or a manifest; default: mpk.yaml.", metavar="[TARGET]"),
    ] = None,
    file: ManifestFile = MANIFEST,
    as_json: AsJson = False,
) -> int:
    """Show what is required: as the manifest lists it, or all that a package does."""
    from mpk_build.manifest.loading import load_project
    from mpk_build.package import reading, requirement_files
    from mpk_build.package.uris.addresses import shown
    from mpk_build.report.documents import printed

    place = model_folder(target) if target else file
    if _is_package(place):
        lines = requirement_files.listed(reading.read(place))
        listed = {"requirements": [one.content for one in lines if one.kind != "other"]}
    else:
        declared = load_project(place).manifest.requirements
        lists = {"pip": declared.pip, "extra": declared.extra, "override": declared.override}
        listed = {name: list(found) for name, found in lists.items() if found is not None}
    if as_json:
        kind = "package" if _is_package(place) else "manifest"
        typer.echo(
            printed({"schema_version": 1, "ok": True, "kind": kind, "path": shown(target or str(file)), **listed})
        )
        return 0
    for name, requirements in listed.items():
        for one in requirements:
            typer.echo(one if name == "requirements" else f"{name}: {one}")
    return 0


def _split(words: list[str], file: Path) -> tuple[list[str], Path]:
    """The requirements, and what to edit: the last word where it is a place and not a requirement."""
    from mpk_build.foundation.errors import UsageError

    last = Path(words[-1])
    looks_so = "@" not in words[-1] and (words[-1].startswith(("./", "../", "/")) or last.suffix in (".yaml", ".yml"))
    # Alone, a word that some folder or file is called by as well is a requirement, unless that is a package.
    exists = (last / "MLmodel").is_file() if len(words) == 1 else _is_package(last) or last.is_file()
    if not exists and not looks_so:
        return words, file
    if len(words) == 1:
        raise UsageError(
            f"{last} is what to edit; expected a requirement before it", hint=f"mpk requirements list {last}"
        )
    return words[:-1], last


def _is_package(path: Path) -> bool:
    return path.is_dir()


def _package(path: Path, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> dict[str, Any]:
    from mpk_build.environment import packaged
    from mpk_build.package import reading
    from mpk_build.package.requirement_files import Change

    changed = packaged.change(reading.read(path), Change(add, remove))
    return {"kind": "package", "path": str(path), **vars(changed)}


def _manifest(path: Path, changes: list[str]) -> dict[str, Any]:
    return {"kind": "manifest", "path": str(path), "changes": changes}


def _tell(changed: dict[str, Any], as_json: bool, quiet: bool) -> int:
    from mpk_build.report.documents import printed

    if as_json:
        typer.echo(printed({"schema_version": 1, "ok": True, **changed}))
    elif not quiet:
        for line in _lines(changed):
            typer.echo(line)
    return 0


def _lines(changed: dict[str, Any]) -> list[str]:
    from mpk_build.report import changes

    if not changed.get("files") and not changed.get("changes"):
        return [f"{changed['path']}: nothing to change"]
    if changed["kind"] == "manifest":
        return [f"{changed['path']}: {one}" for one in changed["changes"]] + ["next: mpk build"]
    lines = [f"{changed['path']}: {', '.join(changed['files'])}"]
    lines += [f"  gave way: {one}" for one in changed["bounds"]]
    if changed["lock"] is None:
        return [*lines, "  it has no pylock.toml, so its environment is not pinned"]
    lines += [f"  {changes.line(one)}" for one in changed["lock"]]
    return [*lines, f"next: mpk predict {changed['path']}"]
