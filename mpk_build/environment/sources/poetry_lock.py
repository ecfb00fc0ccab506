"""A ``poetry.lock``: exactly its versions, of files with exactly its hashes. Poetry itself is not needed.

Format: that which Poetry 1.1 to 2.x writes (``metadata.lock-version``). Since 2.1 each package says its groups and
markers. Before, what is asked for stands in the pyproject.toml, and the rest follows from each package's dependencies.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from mpk_build.environment import resolving
from mpk_build.environment.names import normalised
from mpk_build.environment.sources import poetry_selection
from mpk_build.environment.sources.declared import line_of, local_parts, markers, read_toml, wrong
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Declaration

HAS_GROUPS = True
_VERSIONS = ("1.", "2.")


def python(declaration: Declaration) -> str | None:
    """Its ``metadata.python-versions``."""
    found = read_toml(declaration.path)[0].get("metadata", {}).get("python-versions")
    return poetry_selection.as_specifier(str(found)) if found else None


def parts(declaration: Declaration, _interpreter: Interpreter, file_digest: Callable[[Path], str]) -> list[str]:
    """The file, the project file beside it, and the local projects that are locked."""
    files = (declaration.path, declaration.path.parent / "pyproject.toml")
    sources = [one.get("source", {}) for one in read_toml(declaration.path)[0].get("package", [])]
    names = [one["url"] for one in sources if one.get("type") in ("directory", "file")]
    return [*(file_digest(file) for file in files if file.is_file()), *local_parts(declaration.path.parent, names)]


def lock(declaration: Declaration, interpreter: Interpreter, _preferred: dict[str, str]) -> str:
    """Its packages for this interpreter, with the addresses of their files.

    Raises:
        StageError: It can't be read, lacks what is asked for, or an index has other files than it says.
        MachineError: No index could be reached.
    """
    file = declaration.path
    data, text = read_toml(file)
    if not str(data.get("metadata", {}).get("lock-version", "")).startswith(_VERSIONS):
        raise wrong(
            file, line_of(text, "lock-version"), "this is not a lock that Poetry 1.1 to 2.x writes", "poetry lock"
        )
    packages = poetry_selection.select(declaration, data, markers(interpreter))
    lines, indexes = [], []
    for package in packages:
        lines.append(_requirement(package, file))
        source = package.get("source", {})
        if source.get("type") == "legacy" and source["url"] not in indexes:
            indexes.append(str(source["url"]))
    options = ["--no-deps", *(word for url in indexes for word in ("--extra-index-url", url))]
    resolved = resolving.resolve_lines(lines, options, file, interpreter.minor)
    return _with_known_files(resolved, {normalised(one["name"]): _hashes(one, data) for one in packages}, file)


def _requirement(package: dict[str, Any], file: Path) -> str:
    source, name = package.get("source", {}), package["name"]
    kind, url = source.get("type", "legacy"), str(source.get("url", ""))
    below = f"#subdirectory={source['subdirectory']}" if source.get("subdirectory") else ""
    if kind in ("legacy", "pypi"):
        return f"{name}=={package['version']}"
    if kind == "git":
        address = url if "://" in url else f"ssh://{url.replace(':', '/', 1)}"
        return f"{name} @ git+{address}@{source['resolved_reference']}{below}"
    if kind in ("file", "directory"):
        return f"{name} @ {(file.parent / url).resolve().as_uri()}{below}"
    if kind == "url":
        return f"{name} @ {url}{below}"
    raise StageError(f"{file.name} has {name} from a source of the type '{kind}', which mpk does not know")


def _hashes(package: dict[str, Any], data: dict[str, Any]) -> set[str]:
    files = package.get("files") or data.get("metadata", {}).get("files", {}).get(package["name"], [])
    return {str(one["hash"]).removeprefix("sha256:") for one in files}


def _with_known_files(text: str, known: dict[str, set[str]], file: Path) -> str:
    """A lock without the files that poetry's does not know, such as what was uploaded to an old release since."""
    document = tomllib.loads(text)
    strange = set()
    for package in document.get("packages", []):
        hashes = known.get(package["name"]) or set()
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        found = {str(one["hashes"]["sha256"]) for one in files}
        if hashes and found and not found & hashes:
            raise StageError(
                f"no index has the files of {package['name']}=={package['version']} that {file.name} lists:"
                " their hashes are others",
                hint="poetry lock",
            )
        strange |= found - hashes if hashes else set()
    return resolving.without_files(text, strange)


def told(declaration: Declaration, _interpreter: Interpreter) -> dict[str, Any]:
    """What of it was taken."""
    return {"groups": list(declaration.groups), "extras": list(declaration.extras)}
