"""Which source a project has: what its manifest names, or what lies beside it."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment.names import normalised
from mpk_build.environment.sources import (
    conda_environment,
    package,
    poetry_lock,
    pyproject,
    requirements,
    scan,
    uv_lock,
)
from mpk_build.environment.sources.declared import Declaration
from mpk_build.foundation.errors import ManifestError
from mpk_build.package.conda_file import package_name

if TYPE_CHECKING:
    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Kind

KINDS: dict[str, Kind] = {
    "uv.lock": uv_lock,
    "poetry.lock": poetry_lock,
    "requirements file": requirements,
    "pyproject.toml": pyproject,
    "conda environment": conda_environment,
    "scan": scan,
    "package": package,
}
ENVIRONMENT = "environment"
SCAN = "scan"
PACKAGE = "package"
# Beside the manifest, in this order, where it names none.
_LOOKED_FOR = {
    "uv.lock": "uv.lock",
    "poetry.lock": "poetry.lock",
    "requirements.txt": "requirements file",
    "pyproject.toml": "pyproject.toml",
    "environment.yml": "conda environment",
    "environment.yaml": "conda environment",
}
# What a lock was made from does not contradict it.
_MADE_FROM = {"uv.lock": "pyproject.toml", "poetry.lock": "pyproject.toml"}


@dataclass(frozen=True)
class Wish:
    """What a manifest says of its source.

    Attributes:
        given: A path, `SCAN`, or None.
        groups: The dependency groups that are wanted.
        extras: The extras that are wanted.
        entrypoint: The model's.
        code_paths: Likewise.
        named: The requirements that it lists.
        conda: Specifications of conda packages.
        exclude_newer: A moment (RFC 3339); what an index got later does not count.
        package: The folder of a package that is taken over, below the project, or None.
    """

    given: str | None = None
    groups: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    entrypoint: str = ""
    code_paths: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    exclude_newer: str | None = None
    package: str | None = None


@dataclass(frozen=True)
class Source:
    """Where the source environment is, or what it is made from.

    Attributes:
        kind: `ENVIRONMENT` for one that exists, else a name of `KINDS`.
        path: The environment's Python, or the file; for `SCAN` the project's folder.
        wish: What the manifest says of it.
        passed_over: What else there is beside the manifest, and was not used.
    """

    kind: str
    path: Path
    wish: Wish = Wish()
    passed_over: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: dict[str, Any]) -> Source:
        """From the document that `document` gives."""
        wish: dict[str, Any] = {
            name: tuple(one) if isinstance(one, list) else one for name, one in document["wish"].items()
        }
        return cls(document["kind"], Path(document["path"]), Wish(**wish), tuple(document["passed_over"]))

    @property
    def document(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {"kind": self.kind, "path": str(self.path), "wish": asdict(self.wish), "passed_over": self.passed_over}

    @property
    def declaration(self) -> Declaration:
        """Of one that is declared."""
        root = self.path if self.kind == SCAN else self.path.parent
        return Declaration(
            path=self.path,
            groups=self.wish.groups,
            extras=self.wish.extras,
            entrypoint=self.wish.entrypoint,
            code_paths=tuple((root / one).absolute() for one in self.wish.code_paths) if self.kind == SCAN else (),
            named=self.wish.named if self.kind == SCAN else (),
            conda=frozenset(normalised(package_name(one)) for one in self.wish.conda),
            exclude_newer=self.wish.exclude_newer,
        )

    def told(self, interpreter: Interpreter) -> dict[str, Any]:
        """What a person should know of it: what was used, what was passed over, and why it holds what it does."""
        facts: dict[str, Any] = {"kind": self.kind}
        if self.kind != SCAN:
            facts["name"] = self.path.parent.parent.name if self.kind == ENVIRONMENT else self.path.name
        facts |= {} if self.kind == ENVIRONMENT else KINDS[self.kind].told(self.declaration, interpreter)
        return {**facts, **({"passed_over": list(self.passed_over)} if self.passed_over else {})}


def locate(root: Path, wish: Wish) -> Source:
    """The source of a project: what its manifest says, else the active environment, ``.venv``, or what it declares.

    Raises:
        ManifestError: There is none, or it has no groups and extras and some are asked for.
    """
    found = _found(root, wish) if wish.given is None else _classify(root, wish, wish.given)
    if (wish.groups or wish.extras) and not (found.kind in KINDS and KINDS[found.kind].HAS_GROUPS):
        name = "groups" if wish.groups else "extras"
        what = f"the environment {found.path}" if found.kind == ENVIRONMENT else f"a {found.kind}"
        raise ManifestError(
            f"requirements.{name}: the source is {what}, which has no {name}",
            hint="requirements: {source: pyproject.toml}, or a uv.lock or poetry.lock",
        )
    return found


def _found(root: Path, wish: Wish) -> Source:
    if wish.package is not None:
        return Source(PACKAGE, Path(root, wish.package, package.FILE).absolute(), wish)
    there = [name for name in _LOOKED_FOR if (root / name).is_file()]
    active = os.environ.get("VIRTUAL_ENV")
    for folder in (Path(active) if active else None, root / ".venv"):
        if folder is not None and (folder / "bin" / "python").exists():
            return Source(ENVIRONMENT, folder / "bin" / "python", wish, tuple(there))
    if there:
        others = tuple(name for name in there[1:] if name != _MADE_FROM.get(there[0]))
        return Source(_LOOKED_FOR[there[0]], root / there[0], wish, others)
    raise ManifestError(
        "there is no source environment: none is active, and beside the manifest there is no .venv, "
        f"{', '.join(list(_LOOKED_FOR)[:-2])} or environment.yml",
        hint="activate the environment in which the model was made, or name it: requirements: {source: PATH};"
        " requirements: {source: scan} reads the code instead",
    )


def _classify(root: Path, wish: Wish, given: str) -> Source:
    if given == SCAN:
        return Source(SCAN, root.absolute(), wish)
    path = Path(root, given).absolute()
    if (path / "bin" / "python").exists():
        return Source(ENVIRONMENT, path / "bin" / "python", wish)
    if path.is_file():
        kind = _LOOKED_FOR.get(path.name) or {
            ".txt": "requirements file",
            ".in": "requirements file",
            ".yml": "conda environment",
            ".yaml": "conda environment",
        }.get(path.suffix)
        if kind is not None:
            return Source(kind, path, wish)
        if os.access(path, os.X_OK):
            return Source(ENVIRONMENT, path, wish)
    raise ManifestError(
        f"requirements.source: found '{given}'; expected a virtual environment, a Python, a requirements file,"
        " a pyproject.toml, uv.lock, poetry.lock or environment.yml, or scan"
    )
