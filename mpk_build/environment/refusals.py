"""Why a version can't be had, or requirements don't go together: from what uv says to what to type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import Edit, MachineError, StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mpk_build.foundation.errors import MpkError

_NO_PACKAGE = re.compile(r"Because ([A-Za-z0-9._-]+) was not found in the package registry")
_NO_VERSION = re.compile(r"there is no version of ([A-Za-z0-9._-]+(?:\[[^\]]*\])?)==([^\s,]+?)(?:\.)?(?= and| you|,|$)")
_OTHER_PYTHON = re.compile(r"does not satisfy Python(\S+) and ([A-Za-z0-9._-]+)==(\S+) depends on Python")
_NO_WHEEL = re.compile(r"([A-Za-z0-9._-]+)==(\S+) has no wheels with a matching (Python|platform)")
_WHEELS_FOR = re.compile(
    r"hint: .*?on the following platforms?: ([^.]*)|hint: .*?with the following [\w ]+ tags?: ([^.]*)"
)
_NOT_BUILT = re.compile(r"Failed to (?:download and )?build `([A-Za-z0-9._-]+)==(\S+?)`")
_PASSWORD = re.compile(r"An index URL \((\S+)\) could not be queried due to a lack of valid authentication")
_UPLOADED = re.compile(r"was filtered by `exclude-newer` .*?was published at ([0-9-]+)T")
_TOO_NEW = re.compile(r"([A-Za-z0-9._-]+)\S* was published after the exclude newer time and you require \1==([^\s,]+)")
_OTHER_INDEX = re.compile(r"was found on (\S+), but not at the requested version")
_ACCELERATOR = re.compile(r"(cpu|cu\d+|rocm[\d.]*\d|xpu)(?:\.|$)")
_PYTORCH = "https://download.pytorch.org/whl/"


@dataclass(frozen=True)
class Origin:
    """A requirement, and where it comes from.

    Attributes:
        requirement: As it is written there.
        place: Such as ``mpk.yaml:14: requirements.extra[0]``, or ``inferred``.
        remark: More of it, such as ``imported while loading``, or "".
        by_person: Whether somebody wrote it, and so has decided.
    """

    requirement: str
    place: str
    remark: str = ""
    by_person: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.requirement}" + (f" ({self.remark})" if self.remark else "")

    @property
    def parsed(self) -> tuple[str, str]:
        """The normalised name and the specifier; both "" for what is no requirement."""
        from packaging.requirements import InvalidRequirement, Requirement
        from packaging.utils import canonicalize_name

        try:
            found = Requirement(re.split(r"\s#", self.requirement)[0])
        except InvalidRequirement:
            return "", ""
        return str(canonicalize_name(found.name)), str(found.specifier)


@dataclass(frozen=True)
class Asked:
    """What could not be resolved.

    Attributes:
        origins: All that was asked for.
        python: The model's, such as ``3.11``.
        platform: Such as ``linux/amd64``.
        exclude_newer: The cut-off that the manifest sets, or None.
        has: From a requirement to what the index has for it and what that requires, name to version; empty for nothing.
    """

    origins: Sequence[Origin]
    python: str
    platform: str
    exclude_newer: str | None
    has: Callable[[str], dict[str, str]]

    def nearest(self, name: str, version: str) -> str | None:
        """The nearest version to one that can't be had: more exact, of the same series, older, newer."""
        from packaging.utils import canonicalize_name

        plain = canonicalize_name(name.split("[", maxsplit=1)[0])
        public = version.partition("+")[0]
        series = public.rpartition(".")[0]
        wishes = [f"=={public}.*", *([f"=={series}.*"] if series else []), f"<{public}", f">{public}"]
        found = (self.has(f"{name}{wish},!={version}") for wish in wishes)
        return next((one[plain] for one in found if plain in one), None)

    def advice(self, name: str, nearest: str | None) -> str | None:
        """What to write to get the nearest version."""
        if nearest is None:
            return None
        inferred = any(not one.by_person and one.parsed[0] == name for one in self.origins)
        wish = f"{name}=={nearest}"
        return f"requirements: {{extra: ['{wish}']}}" if inferred else f"write '{wish}' in the manifest"

    def is_decided(self, name: str, version: str) -> bool:
        """Whether somebody asks for exactly that version; what was inferred is no decision."""
        exact = (f"=={version}", f"==={version}")
        return any(one.by_person and one.parsed[0] == name and one.parsed[1] in exact for one in self.origins)


class NoSuchVersionError(StageError):
    """A version that was asked for can't be had.

    Attributes:
        instead: A requirement that can be met, such as ``opencv-python==4.8.0.76``; empty if there is none.
    """

    def __init__(self, message: str, name: str, nearest: str | None, hint: str | None) -> None:
        self.instead = f"{name}=={nearest}" if nearest else ""
        there_is = f"; the nearest version is {nearest}" if nearest else ""
        super().__init__(
            message + there_is,
            hint=hint,
            diagnosis="no-such-version",
            fix=(Edit("override", self.instead),) if nearest else (),
        )


def explained(text: str, asked: Asked) -> MpkError:
    """The error for what uv said."""
    password = _PASSWORD.search(text)
    if password is not None:
        return MachineError(
            f"the index {password[1]} wants a name and a password, and has not accepted any",
            hint="put them into ~/.netrc, a keyring (UV_KEYRING_PROVIDER=subprocess), or the URL in UV_INDEX",
        )
    unknown = _NO_PACKAGE.search(text)
    if unknown is not None:
        return _unknown(unknown[1], asked)
    for reason in (_no_version, _too_new, _other_python, _no_wheel, _not_built):
        error = reason(text, asked)
        if error is not None:
            return error
    return _conflict(text, asked)


def yanked(name: str, version: str, because: str, asked: Asked) -> StageError:
    """The error for a version that was taken back after its release."""
    nearest = asked.nearest(name, version)
    reason = f" ({because})" if because else ""
    keep = f"requirements: {{extra: ['{name}=={version}']}} keeps it all the same"
    instead = f"requirements: {{extra: ['{name}=={nearest}']}}; " if nearest else ""
    return NoSuchVersionError(f"{name}=={version} was yanked from its index{reason}", name, nearest, instead + keep)


def _unknown(name: str, asked: Asked) -> StageError:
    inferred = any(not one.by_person and one.parsed[0] == name for one in asked.origins)
    installed = "install it in the source environment from its folder, its wheel or its address: uv pip install PATH"
    return StageError(f"no index has a package '{name}'", hint=installed if inferred else "check how it is spelt")


def _no_version(text: str, asked: Asked) -> StageError | None:
    found = _NO_VERSION.search(text)
    if found is None:
        return None
    name, version = found[1], found[2]
    other = _OTHER_INDEX.search(text)
    if other is not None:
        return StageError(
            f"{other[1]}, the first index that has {name}, does not have {name}=={version}, so no other was asked",
            hint="UV_INDEX_STRATEGY=unsafe-best-match asks all, if you trust each of them with every name",
        )
    nearest = asked.nearest(name, version)
    if "+" in version:
        return _no_local_version(name, version, nearest)
    uploaded = _UPLOADED.search(text)
    if uploaded is not None:
        return _after_cut_off(name, version, f" on {uploaded[1]},", asked)
    if nearest is None:
        return StageError(f"no index has {name}", hint=f"check the spelling of '{name}'; uv says: {text}")
    return NoSuchVersionError(f"no index has {name}=={version}", name, nearest, asked.advice(name, nearest))


def _too_new(text: str, asked: Asked) -> StageError | None:
    found = _TOO_NEW.search(text)
    return _after_cut_off(found[1], found[2], "", asked) if found is not None else None


def _after_cut_off(name: str, version: str, when: str, asked: Asked) -> StageError:
    cut_off = f"requirements.exclude_newer, {asked.exclude_newer}" if asked.exclude_newer else "UV_EXCLUDE_NEWER"
    nearest = asked.nearest(name, version)
    message = f"{name}=={version} was uploaded{when} after the cut-off ({cut_off})"
    return NoSuchVersionError(message, name, nearest, asked.advice(name, nearest))


def _no_local_version(name: str, version: str, nearest: str | None) -> StageError:
    build = _ACCELERATOR.match(version.partition("+")[2])
    usual = f"{_PYTORCH}{build[1]}" if build else None
    where = f"; such builds are on {usual}" if usual else ""
    hint = f"UV_INDEX={usual or 'URL'}, or UV_FIND_LINKS=FOLDER where its wheel lies, and the same command again"
    message = f"no index or folder in use has {name}=={version}, a build of its own{where}"
    return NoSuchVersionError(message, name, nearest, hint)


def _other_python(text: str, asked: Asked) -> StageError | None:
    found = _OTHER_PYTHON.search(text)
    if found is None:
        return None
    message = f"{found[2]}=={found[3]} needs Python {found[1]}, and the model has Python {asked.python}"
    nearest = asked.nearest(found[2], found[3])
    return NoSuchVersionError(message, found[2], nearest, asked.advice(found[2], nearest))


def _no_wheel(text: str, asked: Asked) -> StageError | None:
    found = _NO_WHEEL.search(text)
    if found is None:
        return None
    name, version, what = found.groups()
    there = _WHEELS_FOR.search(text)
    tags = (there[1] or there[2]).replace("`", "").strip() if there else ""
    wanted = f"Python {asked.python}" if what == "Python" else asked.platform
    only = f", only for {tags}" if tags else ""
    message = f"{name}=={version} has no wheel for {wanted}{only}, and no source distribution"
    nearest = asked.nearest(name, version)
    return NoSuchVersionError(message, name, nearest, asked.advice(name, nearest))


def _not_built(text: str, asked: Asked) -> StageError | None:
    found = _NOT_BUILT.search(text)
    if found is None:
        return None
    name, version = found[1], found[2]
    wanted = f"Python {asked.python} on {asked.platform}"
    message = f"{name}=={version} has no wheel for {wanted}, and its source distribution can't be built: {text}"
    return StageError(
        message,
        hint="take a version that has a wheel, or what it lacks to be built; UV_FIND_LINKS=FOLDER takes one of yours",
    )


def _conflict(text: str, asked: Asked) -> StageError:
    named = {name.lower() for name in re.findall(r"[A-Za-z0-9][A-Za-z0-9._-]*[A-Za-z0-9]|[A-Za-z0-9]", text)}
    named |= {re.sub(r"[-_.]+", "-", name) for name in named}
    taking_part = [one for one in asked.origins if one.parsed[0] in named]
    listed = "".join(f"\n  {one}" for one in taking_part)
    return StageError(f"{text}\nWhat takes part:{listed}" if taking_part else text)
