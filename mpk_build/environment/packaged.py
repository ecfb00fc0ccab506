"""Changes what a package requires: its files, its lock and its identity, together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mpk_build.environment import local_projects, lockfile, packaged_wheels, resolving
from mpk_build.environment.conda import locked as conda_locked
from mpk_build.environment.direct_references import without_credentials
from mpk_build.environment.lockfile import WHEELS
from mpk_build.foundation import digests, yaml_text
from mpk_build.foundation.errors import UsageError
from mpk_build.foundation.replacing import replace_together
from mpk_build.package import mlmodel, requirement_files, requirement_lines
from mpk_build.package.requirement_files import REQUIREMENTS, Change

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from mpk_build.environment.lockfile import Lock
    from mpk_build.package.reading import Package
    from mpk_build.package.requirement_lines import Line

LOCK = "pylock.toml"
_READS_OTHER_FILE = ("-c", "--constraint", "-r", "--requirement")


@dataclass(frozen=True)
class Changed:
    """What became of a package.

    Attributes:
        files: The files that are new; none where nothing had to change.
        lock: What the lock pins differently, ``{"name", "before", "after"}``; None for a package without one.
        bounds: Lines of constraints files that an added version contradicted, and that are gone.
    """

    files: list[str]
    lock: list[dict[str, str | None]] | None
    bounds: list[str] = field(default_factory=list)


def change(package: Package, wanted: Change) -> Changed:
    """Change what a package requires; its lock is resolved again, and keeps the versions that it can.

    A wheel of this machine, added as ``NAME @ PATH``, is copied into the package.

    Raises:
        UsageError: It does not require what is to be removed, or a file of it can't be read or edited.
        StageError: What it would require has no solution; nothing was changed.
        MachineError: No index could be reached; nothing was changed.
    """
    _check_removed(package, wanted)
    if any(without_credentials(one) != one for one in wanted.add):
        raise UsageError("a requirement with a password in its URL; expected it in ~/.netrc or a keyring")
    wanted, wheels = packaged_wheels.taken_in(package.root, wanted)
    texts = requirement_files.changed(package, wanted)
    locked = (package.root / LOCK).is_file()
    if not texts:
        return Changed([], [] if locked else None)
    bounds = _gone(package, texts)
    changes = None
    files: dict[str, bytes | None] = {f"{WHEELS}/{one.name}": one.read_bytes() for one in wheels}
    if locked:
        before = lockfile.parse(package.lock.read_text(encoding="utf-8"), LOCK)
        after = _resolved(package, texts, before, wanted, wheels)
        changes = lockfile.difference(before.versions, after.versions)
        texts[LOCK] = conda_locked.carried(before.text, after.text)
        files |= {f"{WHEELS}/{name}": None for name in before.wheels if name not in after.wheels}
    files |= {name: text.encode() for name, text in texts.items()}
    _check_inside(package.root, files)
    files["MLmodel"] = _document(package, files)
    replace_together(package.root, files)
    return Changed(sorted(files), changes, bounds)


def _check_inside(root: Path, files: Iterable[str]) -> None:
    outside = next((one for one in files if not (root / one).parent.resolve().is_relative_to(root.resolve())), None)
    if outside is not None:
        raise UsageError(f"{root / outside} lies outside of the package, so it is left alone")


def _check_removed(package: Package, wanted: Change) -> None:
    listed = [one for one in requirement_files.listed(package) if one.name]
    missing = [name for name in wanted.remove if name not in {one.name for one in listed}]
    if missing:
        from difflib import get_close_matches

        close = get_close_matches(missing[0], [str(one.name) for one in listed], n=1)
        raise UsageError(
            f"{package.root} does not require '{missing[0]}' by name, so there is nothing to remove",
            hint=f"did you mean '{close[0]}'?" if close else f"mpk requirements list {package.root}",
        )


def _gone(package: Package, files: dict[str, str]) -> list[str]:
    names = requirement_files.constraint_files(requirement_lines.parse(files.get(REQUIREMENTS, "")))
    gone = []
    for name in names:
        if name in files:
            before = (package.root / name).read_text(encoding="utf-8").splitlines()
            gone += [f"{name}: {line.strip()}" for line in before if line not in files[name].splitlines()]
    return gone


def request_of(package: Package, before: Lock, files: dict[str, str] | None = None) -> resolving.Request:
    """What the lock of a package was resolved from; ``files``: texts that take the place of its own, by name.

    Raises:
        UsageError: A file of the package can't be read.
    """
    files = files or {}

    def text(name: str) -> str:
        return files[name] if name in files else (package.root / name).read_text(encoding="utf-8")

    lines = requirement_lines.parse(text(REQUIREMENTS))
    bounds = [line for name in _bounding(package, lines) for line in text(name).splitlines()]
    asked = [packaged_wheels.by_name(one) for one in lines if one.kind == "requirement"]
    # Where to look, such as --extra-index-url; other files have been read.
    options = [one.content for one in lines if one.kind == "option" and not one.content.startswith(_READS_OTHER_FILE)]
    return resolving.Request(
        requirements=(*options, *asked),
        constraints=tuple(bounds),
        overrides=tuple(before.asked.get("overrides", ())),
        platforms=tuple(before.asked.get("platforms", ())),
        exclude_newer=before.asked.get("exclude-newer"),
        preferred=before.versions,
        upgraded=before.upgraded,
        python=".".join(package.python.split(".")[:2]),
    )


def _resolved(package: Package, files: dict[str, str], before: Lock, wanted: Change, wheels: list[Path]) -> Lock:
    request = request_of(package, before, files)
    touched = {*wanted.remove, *(str(requirement_lines.line(one).name) for one in wanted.add)}
    kept = replace(
        before,
        direct=tuple(one for one in before.direct if one.split(" @ ", maxsplit=1)[0] not in touched),
        wheels={name: one for name, one in before.wheels.items() if packaged_wheels.distribution(name) not in touched},
    )
    carried = local_projects.carrying(request, kept, package.root.absolute() / WHEELS)
    added = tuple(packaged_wheels.local_wheel(one) for one in wheels)
    return resolving.resolve(replace(carried, wheels=(*carried.wheels, *added)))


def _bounding(package: Package, lines: list[Line]) -> list[str]:
    names = requirement_files.constraint_files(lines)
    absent = next((one for one in names if not (package.root / one).is_file()), None)
    if absent is not None:
        raise UsageError(
            f"{REQUIREMENTS} names the constraints file {absent}, which the package does not have",
            hint="put it there, or take the line out of it",
        )
    return names


def _document(package: Package, files: dict[str, bytes | None]) -> bytes:
    """The MLmodel document, with what follows from the package's other files."""
    text = (package.root / "MLmodel").read_text(encoding="utf-8")
    if "mlflow_version" not in package.document:
        there = {file.relative_to(package.root).as_posix(): file for file in digests.source_files(package.root)}
        now = {name: digests.of_file(file) for name, file in there.items() if name not in files and name != "MLmodel"}
        now |= {name: digests.of_bytes(new) for name, new in files.items() if new is not None}
        return yaml_text.set_value(text, ("model_uuid",), mlmodel.identity(package.plain_document, now)).encode()
    # MLflow's identity is random, and known to its server.
    size = package.document.get("model_size_bytes")
    if isinstance(size, int):
        grown = sum(len(new or b"") - _size(package.root / name) for name, new in files.items())
        text = yaml_text.set_value(text, ("model_size_bytes",), size + grown)
    return text.encode()


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def normalised_name(requirement: str) -> str:
    """The normalised name in a requirement or a bare name.

    Raises:
        UsageError: There is none.
    """
    from packaging.utils import canonicalize_name

    found = re.match(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)", requirement)
    if not found:
        raise UsageError(f"'{requirement}' is not the name of a package", hint="write it as 'numpy'")
    return canonicalize_name(found[1])
