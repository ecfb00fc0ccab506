"""Edits a manifest where a person wrote it: its comments, quotes, order and layout stay."""

from __future__ import annotations

import contextlib
import copy
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

import yaml

from mpk_build.foundation import yaml_text
from mpk_build.foundation.documents import write_whole
from mpk_build.foundation.errors import ManifestError, UsageError
from mpk_build.manifest.loading import load_project, project_of
from mpk_build.manifest.schema import Manifest
from mpk_build.manifest.yaml_source import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from packaging.requirements import Requirement

Field = Literal["pip", "extra", "override"]
FIELDS: tuple[Field, ...] = ("pip", "extra", "override")
_BOM = "\ufeff"


def add_requirement(path: Path, field: Field, requirement: str) -> bool:
    """Put a requirement into one of a manifest's lists; what stands there under its name and marker, it replaces.

    Args:
        path: The manifest.
        field: The list below ``requirements``.
        requirement: As PEP 508 has it; kept as it is written, but for blanks around it.

    Returns:
        Whether that changed the manifest.

    Raises:
        UsageError: It is not a requirement.
        ManifestError: The file is not a valid manifest, or would not be one; it is untouched.
    """
    text = requirement.strip()
    wanted = parsed(text)

    def change(before: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        where = ("requirements", field)
        there: list[str] = (data.get("requirements") or {}).get(field) or []
        same = [at for at, one in enumerate(there) if _is_variant(parsed(one), wanted)]
        if not same:
            return yaml_text.append(before, where, text, _order()), _with(data, where, [*there, text])
        if there[same[0]] != text:
            before = yaml_text.replace_item(before, where, same[0], text)
        for at in reversed(same[1:]):
            before = yaml_text.delete_item(before, where, at)
        kept = [text if at == same[0] else one for at, one in enumerate(there) if at not in same[1:]]
        return before, _with(data, where, kept)

    return _edit(path, change, f"add '{text}' to requirements.{field}")


def remove_requirement(path: Path, name: str) -> list[Field]:
    """Take every requirement of a name out of a manifest's lists.

    Args:
        path: The manifest.
        name: A distribution's name, however it is spelt.

    Returns:
        The lists that it was taken from; none where it does not stand in any.

    Raises:
        ManifestError: The file is not a valid manifest; it is untouched.
    """
    from packaging.utils import canonicalize_name

    wanted = canonicalize_name(name)
    touched: list[Field] = []

    def change(text: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        for field in FIELDS:
            where = ("requirements", field)
            there: list[str] = (data.get("requirements") or {}).get(field) or []
            gone = [at for at, one in enumerate(there) if canonicalize_name(parsed(one).name) == wanted]
            for at in reversed(gone):
                text = yaml_text.delete_item(text, where, at)
            if gone:
                touched.append(field)
                data = _with(data, where, [one for at, one in enumerate(there) if at not in gone])
        return text, data

    _edit(path, change, f"take '{name}' out of requirements")
    return touched


def add_requirements(path: Path, requirements: Sequence[str], *, override: bool) -> list[str]:
    """Put requirements where they belong: in ``pip`` where that is given, else in ``extra``; or in ``override``.

    Returns:
        What was done, a sentence each.

    Raises:
        UsageError: One is not a requirement.
        ManifestError: The file is not a valid manifest; it is untouched.
    """
    given = load_project(path).manifest.requirements.pip is not None
    field: Field = "override" if override else "pip" if given else "extra"
    done = [one for one in requirements if add_requirement(path, field, one)]
    return [f"requirements.{field} has '{one}'" for one in done]


def remove_requirements(path: Path, names: Sequence[str]) -> list[str]:
    """Take every requirement of some names out of a manifest.

    Returns:
        What was done, a sentence each.

    Raises:
        UsageError: One does not stand in the manifest; it is untouched.
        ManifestError: The file is not a valid manifest; it is untouched.
    """
    from packaging.utils import canonicalize_name

    declared = load_project(path).manifest.requirements
    there = {str(canonicalize_name(parsed(one).name)) for field in FIELDS for one in getattr(declared, field) or []}
    missing = next((name for name in names if canonicalize_name(name) not in there), None)
    if missing is not None:
        close = get_close_matches(missing, there, n=1)
        raise UsageError(
            f"{path} does not list '{missing}', so there is nothing to remove",
            hint=f"did you mean '{close[0]}'?"
            if close
            else f"what was found and is not wanted: requirements: {{exclude: [{missing}]}}",
        )
    removed = {name: remove_requirement(path, name) for name in names}
    return [f"'{name}' is gone from requirements.{field}" for name, fields in removed.items() for field in fields]


def set_value(path: Path, keys: Sequence[str], value: Any) -> bool:
    """Set one value of a manifest, such as ``("requirements", "python")``; sections that are missing are made.

    Returns:
        Whether that changed the manifest.

    Raises:
        ManifestError: The file is not a valid manifest, or would not be one; it is untouched.
    """

    def change(text: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        return yaml_text.set_value(text, keys, value, _order()), _with(data, keys, value)

    return _edit(path, change, f"set {'.'.join(keys)} to {yaml_text.spelled(value, flow=True)}")


def parsed(text: str) -> Requirement:
    """A requirement, as PEP 508 has it.

    Raises:
        UsageError: It is none.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        return Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).splitlines()[0]
        raise UsageError(f"'{text}' is not a requirement: {reason}", hint="write it as 'numpy>=2' (PEP 508)") from None


def _is_variant(one: Requirement, other: Requirement) -> bool:
    from packaging.utils import canonicalize_name

    same = canonicalize_name(one.name) == canonicalize_name(other.name)
    return same and str(one.marker or "") == str(other.marker or "")


def _order() -> list[str]:
    return [field.alias or name for name, field in Manifest.model_fields.items()]


def _with(data: dict[str, Any], keys: Sequence[str], value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    inner = changed
    for key in keys[:-1]:
        inner[key] = inner.get(key) or {}
        inner = inner[key]
    inner[keys[-1]] = value
    return changed


def _edit(path: Path, change: Callable[[str, dict[str, Any]], tuple[str, dict[str, Any]]], what: str) -> bool:
    project = load_project(path)
    before = path.read_bytes().decode("utf-8")
    mark = _BOM if before.startswith(_BOM) else ""
    source, text, expected = None, "", project.source.data
    # The parser in Python, whose marks the edit goes by, refuses some of what the one in C reads.
    with contextlib.suppress(ManifestError, yaml.YAMLError):
        text, expected = change(before.removeprefix(_BOM), expected)
        if mark + text == before:
            return False
        source = parse_yaml(text, str(path))
    if source is None or source.data != expected:
        # Some spelling that nobody thought of: better left to its author than written wrongly.
        raise ManifestError(f"{path} is written in a way that mpk can't edit", hint=f"{what} by hand")
    project_of(source, path)
    real = path.resolve()
    mode = real.stat().st_mode
    write_whole(real, (mark + text).encode())
    real.chmod(mode)
    return True
