"""``mpk inspect``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from mpk_build.cli.options import MODEL, AsJson, model_folder


def command(
    model: Annotated[
        str, typer.Argument(help="A package, a URI of one, or an OCI image layout.", metavar="[MODEL]")
    ] = MODEL,
    as_json: AsJson = False,
) -> int:
    """Show what is in a package or an image."""
    from mpk_build.package.uris.addresses import shown
    from mpk_build.report.documents import printed

    path = model_folder(model)
    described = _image(path) if (path / "oci-layout").is_file() else _package(path)
    pickles = described.get("pickles", [])
    if as_json:
        described = {**described, **({"pickles": [one.as_data() for one in pickles]} if "pickles" in described else {})}
        typer.echo(printed({"schema_version": 1, "ok": True, **described, "path": shown(model)}))
        return 0
    told = {**described, **({"pickles": [one.told() for one in pickles]} if "pickles" in described else {})}
    for name, value in {**told, "path": shown(model)}.items():
        if isinstance(value, list):
            typer.echo(f"{name}:")
            for one in value:
                typer.echo(f"  {one if isinstance(one, str) else json.dumps(one, ensure_ascii=False)}")
        else:
            typer.echo(f"{name}: {value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}")
    return 0


def _image(path: Path) -> dict[str, Any]:
    from mpk_build.image.layout import describe

    return {"kind": "image", "path": str(path), **describe(path)}


def _package(path: Path) -> dict[str, Any]:
    from mpk_build.environment import lockfile
    from mpk_build.foundation import digests
    from mpk_build.package.pickles.verdict import verdict
    from mpk_build.package.reading import read

    package = read(path)
    document = package.document
    written = {name: part for name, part in (document.get("signature") or {}).items() if part}
    # As YAML has it, too, where somebody wrote it by hand.
    signature = {name: json.loads(part) if isinstance(part, str) else part for name, part in written.items()}
    requirements = path / "requirements.txt"
    lock = path / "pylock.toml"
    files = [(file.relative_to(path).as_posix(), file.stat().st_size) for file in digests.source_files(path)]
    return {
        "kind": "package",
        "path": str(path),
        "uuid": document.get("model_uuid"),
        "flavors": sorted(document["flavors"]),
        "python": package.python,
        "size": sum(size for _, size in files),
        "requirements": requirements.read_text().splitlines() if requirements.is_file() else [],
        "packages": len(lockfile.parse(lock.read_text(), str(lock)).versions) if lock.is_file() else None,
        "signature": signature,
        "metadata": document.get("metadata") or {},
        "pickles": verdict(path, package.plain_document, second_opinion=True),
        "files": [f"{name}  {size}" for name, size in files],
    }
