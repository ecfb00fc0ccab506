"""The files in which a package says what it requires, changed together.

``requirements.txt``, the ``pip`` list of ``conda.yaml``, what ``python_env.yaml`` lists itself, and the constraints
that ``requirements.txt`` names: as MLflow's ``update-pip-requirements`` does, for packages of mpk and of MLflow.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import yaml

from mpk_build.foundation import yaml_text
from mpk_build.foundation.errors import UsageError
from mpk_build.foundation.yaml_depth import read_map
from mpk_build.package import requirement_lines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mpk_build.package.reading import Package
    from mpk_build.package.requirement_lines import Line

REQUIREMENTS = "requirements.txt"
_DEFAULT_NAMES = {"conda": "conda.yaml", "virtualenv": "python_env.yaml"}
_CONDA_NAME_ENDS = re.compile(r"[\s=<>!~\[]")


@dataclass(frozen=True)
class Change:
    """What is to be changed.

    Attributes:
        add: Requirements (PEP 508), each in the place of the one of its name and marker.
        remove: Normalised names.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    def of_lines(self, lines: list[Line]) -> list[Line]:
        """The lines of a requirements file, changed."""
        for name in self.remove:
            lines = requirement_lines.removed(lines, name)
        for requirement in self.add:
            lines = requirement_lines.added(lines, requirement)
        return lines


def listed(package: Package) -> list[Line]:
    """What a package's ``requirements.txt`` holds, or else the ``pip`` list of its ``conda.yaml``.

    Raises:
        UsageError: It has neither, or one that can't be read.
    """
    text = text_of(package.root, REQUIREMENTS)
    if text is not None:
        return requirement_lines.parse(text)
    conda = text_of(package.root, file_name(package, "conda"))
    if conda is None:
        raise UsageError(f"{package.root} has no {REQUIREMENTS} and no conda.yaml: nothing says what it requires")
    return [requirement_lines.line(str(one)) for one in _pip_list(read_map(conda, f"{package.root}/conda.yaml"))[1]]


def changed(package: Package, change: Change) -> dict[str, str]:
    """Path below the package to new text, of each file that a change alters.

    Raises:
        UsageError: A file can't be read, or is written in a way that can't be edited.
    """
    conda, python_env = file_name(package, "conda"), file_name(package, "virtualenv")
    found: dict[str, str] = {}
    text = text_of(package.root, REQUIREMENTS)
    if text is not None:
        lines = requirement_lines.parse(text)
        _check_hashes(lines, change)
        found[REQUIREMENTS] = requirement_lines.joined(change.of_lines(lines))
        found.update(_constraints(package, lines, change))
    text = text_of(package.root, conda)
    if text is not None:
        found[conda] = _conda(text, package, conda, change)
    text = text_of(package.root, python_env)
    if text is not None and isinstance(read_map(text, f"{package.root}/{python_env}").get("dependencies"), list):
        found[python_env] = _list(text, ("dependencies",), change, package.root / python_env)
    return {name: new for name, new in found.items() if new != text_of(package.root, name)}


def constraint_files(lines: Sequence[Line]) -> list[str]:
    """The names that a requirements file gives after ``-c``."""
    options = [one.content.replace("=", " ", 1).split() for one in lines if one.kind == "option"]
    return [words[1] for words in options if words[0] in ("-c", "--constraint") and len(words) > 1]


def _check_hashes(lines: list[Line], change: Change) -> None:
    hashed = next((one for one in lines if one.has_hash), None)
    bare = next((one for one in change.add if " --hash" not in one), None)
    if hashed is not None and bare is not None:
        raise UsageError(
            f"{REQUIREMENTS}:{hashed.number} has a hash, so that every requirement needs one, and '{bare}' has none",
            hint=f"write it with its hash: '{bare} --hash=sha256:...'",
        )


def _constraints(package: Package, lines: list[Line], change: Change) -> dict[str, str]:
    """Constraints files without the bounds that an exact version which is added contradicts."""
    found = {}
    for name in constraint_files(lines):
        text = None if "://" in name else text_of(package.root, name)
        if text is not None:
            kept = [
                one for one in requirement_lines.parse(text) if not any(_contradicts(one, add) for add in change.add)
            ]
            found[name] = requirement_lines.joined(kept)
    return found


def _contradicts(bound: Line, added: str) -> bool:
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        limit, wanted = Requirement(bound.requirement), Requirement(requirement_lines.line(added).requirement)
    except InvalidRequirement:
        return False
    exact = [one.version for one in wanted.specifier if one.operator in ("==", "===") and not one.version.endswith("*")]
    same = bound.name == requirement_lines.line(added).name
    return same and any(not limit.specifier.contains(version, prereleases=True) for version in exact)


def _conda(text: str, package: Package, name: str, change: Change) -> str:
    data = read_map(text, f"{package.root}/{name}")
    path, _ = _pip_list(data)
    if path is not None:
        text = _list(text, path, change, package.root / name)
    elif change.add:
        names = [conda_name(one) for one in data.get("dependencies") or [] if isinstance(one, str)]
        if "pip" not in names:
            text = yaml_text.append(text, ("dependencies",), "pip")
        text = yaml_text.append(text, ("dependencies",), {"pip": list(change.add)})
    return _without_conda_packages(text, change)


def _without_conda_packages(text: str, change: Change) -> str:
    for at, one in reversed(list(enumerate(yaml.safe_load(text).get("dependencies") or []))):
        if isinstance(one, str) and conda_name(one) in set(change.remove) - {"python", "pip"}:
            text = yaml_text.delete_item(text, ("dependencies",), at)
    return text


def conda_name(spec: str) -> str:
    """The normalised name in a conda specification such as ``conda-forge::numpy=1.26``."""
    from packaging.utils import canonicalize_name

    return canonicalize_name(_CONDA_NAME_ENDS.split(spec.rsplit("::", maxsplit=1)[-1].strip(), maxsplit=1)[0])


def _pip_list(data: dict[str, Any]) -> tuple[tuple[str | int, ...] | None, list[Any]]:
    """Where the pip requirements of a conda environment stand, if they do, and what they are."""
    for at, one in enumerate(data.get("dependencies") or []):
        if isinstance(one, dict) and isinstance(one.get("pip"), list):
            return ("dependencies", at, "pip"), one["pip"]
    return None, []


def _list(text: str, path: tuple[str | int, ...], change: Change, file: Path) -> str:
    """A YAML text with the requirements in one of its lists changed."""
    lines = [requirement_lines.line(str(one)) for one in _items(text, path)]
    # What the list takes from requirements.txt need not be said twice.
    refers = any(one.kind == "option" and one.content.split()[0] in ("-r", "--requirement") for one in lines)
    for at in reversed([at for at, one in enumerate(lines) if one.name in change.remove]):
        text = yaml_text.delete_item(text, path, at)
        del lines[at]
    for requirement in change.add:
        wanted = requirement_lines.line(requirement)
        same = [at for at, one in enumerate(lines) if one.is_variant_of(wanted)]
        if same and lines[same[0]].text != requirement:
            text = yaml_text.replace_item(text, path, same[0], requirement)
            lines[same[0]] = wanted
        elif not same and not refers:
            text = yaml_text.append(text, path, requirement)
            lines.append(wanted)
        for at in reversed(same[1:]):
            text = yaml_text.delete_item(text, path, at)
            del lines[at]
    if _items(text, path) != [one.text for one in lines]:
        raise UsageError(
            f"{file} is written in a way that mpk can't edit", hint="edit its list of requirements by hand"
        )
    return text


def _items(text: str, path: tuple[str | int, ...]) -> list[Any]:
    value = yaml.safe_load(text)
    for step in path:
        value = value[step]
    return list(value)


def file_name(package: Package, kind: Literal["conda", "virtualenv"]) -> str:
    """What the document calls a file that an environment is restored from, or what it is called by default."""
    found: str | None = getattr(package.model.environment, kind)
    return found or _DEFAULT_NAMES[kind]


def text_of(root: Path, name: str) -> str | None:
    """The text of a file of a package, None where there is none.

    Raises:
        UsageError: It leads out of the package, or is no text.
    """
    path = root / name
    if not path.is_file():
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{path} lies outside of the package, so it is left alone")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
