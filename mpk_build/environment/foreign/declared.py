"""What a package without a lock says of the environment that it needs, wherever MLflow 1.0 to 3.17 has put it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mpk_build.environment import conda_specs, packaged_wheels
from mpk_build.environment.foreign import recorded
from mpk_build.environment.lockfile import WHEELS
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.foundation.yaml_depth import read_map
from mpk_build.package import conda_file, requirement_files, requirement_lines
from mpk_build.package.requirement_files import REQUIREMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mpk_build.environment.local_projects import LocalWheel
    from mpk_build.package.conda_file import CondaFile
    from mpk_build.package.reading import Package
    from mpk_build.package.requirement_lines import Line

_INCLUDES = ("-r", "--requirement")
_BOUNDS = ("-c", "--constraint")
# Only a build would need them.
_NOT_INSTALLED = ("python", "pip", "setuptools", "wheel")


@dataclass
class Declared:
    """What a package declares.

    Attributes:
        source: Where the requirements stand: a file's name, or what else says them.
        python: The version of Python, such as ``3.9.18`` or ``3.9``; None where nothing tells it.
        requirements: Requirements and options, as lines of a requirements file.
        constraints: Bounds, likewise.
        wheels: Wheels of the package itself that are among the requirements, by name.
        setuptools: How ``python_env.yaml`` asks for setuptools, which MLflow 1.x imports without requiring it.
        told: What a person should know of it.
    """

    source: str
    python: str | None = None
    requirements: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    wheels: list[LocalWheel] = field(default_factory=list)
    setuptools: str = "setuptools"
    told: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _PythonEnv:
    python: str | None = None
    dependencies: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


def read(package: Package) -> Declared:
    """What a package declares: ``requirements.txt``, else ``conda.yaml``, else ``python_env.yaml``, else versions.

    Conda packages that are Python packages are asked of the index, beside ``requirements.txt`` too, in which MLflow
    leaves them out. No channel is.

    Raises:
        UsageError: A file can't be read, or leads out of the package.
        StageError: A requirement can't be had from an index.
    """
    conda_name = requirement_files.file_name(package, "conda")
    text = requirement_files.text_of(package.root, conda_name)
    conda = None if text is None else conda_file.parse(text, f"{package.root}/{conda_name}")
    env = _python_env(package)
    if requirement_files.text_of(package.root, REQUIREMENTS) is not None:
        found = Declared(REQUIREMENTS)
        _add_file(found, package, REQUIREMENTS, bounds=False, above=())
    elif conda is not None:
        found = Declared(conda_name)
        _add(found, package, [requirement_lines.line(one) for one in conda.pip], bounds=False, above=())
    elif env.dependencies:
        found = Declared(requirement_files.file_name(package, "virtualenv"))
        _add(found, package, [requirement_lines.line(one) for one in env.dependencies], bounds=False, above=())
    else:
        found = Declared("the versions that MLmodel names", requirements=recorded.requirements(package.document))
    found.setuptools = next((one for one in env.tools if one.startswith(found.setuptools)), found.setuptools)
    if conda is not None:
        _add_conda(found, package, conda, conda_name)
    found.python = package.python or env.python or (conda.python if conda is not None else None)
    return found


def _python_env(package: Package) -> _PythonEnv:
    name = requirement_files.file_name(package, "virtualenv")
    text = requirement_files.text_of(package.root, name)
    if text is None:
        return _PythonEnv()
    data = read_map(text, f"{package.root}/{name}")
    # MLflow quotes no version, so that 3.10 is a number to YAML.
    written = next((line.split(":", 1)[1] for line in text.splitlines() if line.startswith("python:")), "")
    python = written.split("#")[0].strip().strip("'\"")
    lists = [data.get(key) for key in ("dependencies", "build_dependencies")]
    return _PythonEnv(python or None, *(tuple(map(str, one)) if isinstance(one, list) else () for one in lists))


def _add_file(found: Declared, package: Package, name: str, *, bounds: bool, above: tuple[str, ...]) -> None:
    if name in above:
        return
    text = requirement_files.text_of(package.root, name)
    if text is None:
        raise UsageError(f"{package.root}/{above[-1]} names {name}, which the package does not have")
    _add(found, package, requirement_lines.parse(text), bounds=bounds, above=(*above, name))


def _add(found: Declared, package: Package, lines: Iterable[Line], *, bounds: bool, above: tuple[str, ...]) -> None:
    listed = found.constraints if bounds else found.requirements
    for one in lines:
        words = one.content.replace("=", " ", 1).split(maxsplit=1)
        if one.kind == "option" and words[0] in (*_INCLUDES, *_BOUNDS) and "://" not in words[-1]:
            below = above or (found.source,)
            name = posixpath.normpath(posixpath.join(posixpath.dirname(below[-1]), words[-1].strip("'\"")))
            _add_file(found, package, name, bounds=bounds or words[0] in _BOUNDS, above=below)
        elif one.kind == "option":
            found.requirements.append(one.content)
        elif one.kind == "requirement":
            listed.append(_requirement(found, package, one))


def _requirement(found: Declared, package: Package, one: Line) -> str:
    """A requirement as an index knows it; a wheel that the package brings, by its name."""
    path = one.requirement.split(";")[0].split("[")[0].strip()
    if "://" in path or " @ " in one.requirement or not (path.endswith(".whl") or path.startswith((".", "/"))):
        return one.content
    file = package.root / path
    if file.parent.resolve() != (package.root / WHEELS).resolve() or file.suffix != ".whl" or not file.is_file():
        raise StageError(
            f"{package.root}/{found.source} names {path}; expected a requirement, or a wheel of the package's folder"
            f" {WHEELS}",
            hint=f"put the wheel there, and the line '{WHEELS}/NAME.whl' into {found.source}",
        )
    found.wheels.append(packaged_wheels.local_wheel(file))
    return packaged_wheels.by_name(one)


def _add_conda(found: Declared, package: Package, conda: CondaFile, name: str) -> None:
    named = {requirement_lines.line(one).name for one in found.requirements}
    left = []
    for spec in conda.dependencies:
        own = conda_file.package_name(spec)
        index_name = conda_specs.index_name(own)
        if own in _NOT_INSTALLED or requirement_lines.line(index_name or "").name in named:
            continue
        if index_name is None:
            left.append(own)
        else:
            version = conda_specs.specifier(spec, package.root / name, 1)
            found.requirements.append(f"{index_name}{version}")
    if left:
        found.told.append(f"{name} asks for {', '.join(left)}, which only conda has: not installed")
