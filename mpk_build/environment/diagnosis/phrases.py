"""Turns of phrase that several diagnoses share."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis.providers import candidates
from mpk_build.foundation.errors import Edit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mpk_build.environment.diagnosis.failure import Context, Failure

_SHOWN = 3
_DOING = {
    "import": "while the entrypoint was imported",
    "call": "while the factory ran",
    "adopt": "while its library read model.path",
    "load": "while it loaded",
    "predict": "while it predicted the input example",
    "encode": "while its prediction was written as JSON",
}


def listed(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def doing(phase: str) -> str:
    """What was being done, such as ``while it loaded``."""
    return _DOING.get(phase, f"while trying to {phase}")


def frames(failure: Failure) -> tuple[str, ...]:
    """The innermost places in the model's own code, a line each, outermost first."""
    return tuple(f"{file}:{line}, in {function}" for file, line, function in failure.frames[-2:])


def quoted(requirement: str) -> str:
    """A requirement as a shell takes it."""
    if '"' in requirement or "'" not in requirement:
        return f"'{requirement}'" if "'" not in requirement else shlex.quote(requirement)
    return f'"{requirement}"'


def command_for(context: Context, requirements: Sequence[str]) -> str:
    """What to type so that an environment gets other requirements."""
    if context.where == "package":
        return " ".join(["mpk validate", *(f"--override {quoted(one)}" for one in requirements), "--write"])
    return in_source(context, requirements)


def in_source(context: Context, requirements: Sequence[str]) -> str:
    """What to do so that the source environment gets other requirements."""
    listed = " ".join(quoted(one) for one in requirements)
    if not context.source:
        return f"install {listed} there"
    if context.source.endswith("python"):
        return f"{context.source} -m pip install {listed}"
    return f"add {listed} to {context.source}"


def added(*requirements: str) -> tuple[Edit, ...]:
    """The edits that ask for requirements in addition."""
    return tuple(Edit("extra", one) for one in requirements)


def overridden(*requirements: str) -> tuple[Edit, ...]:
    """The edits that override requirements."""
    return tuple(Edit("override", one) for one in requirements)


def raised_by(failure: Failure, context: Context, without: str = "") -> tuple[str, str]:
    """The innermost distribution whose code was being run, and its version there; empty texts where there is none.

    ``without``: one that does not count.
    """
    for module in reversed(failure.through):
        name, version = distribution_of(module, context)
        if name not in ("", without):
            return name, version
    return "", ""


def distribution_of(module: str, context: Context) -> tuple[str, str]:
    """The distribution, among those that are installed, that provides a module, and its version; or empty texts."""
    found = next((name for name in candidates(module, context.providers) if name in context.installed), "")
    return found, context.installed.get(found, "")


def release(name: str, version: str) -> str:
    """A distribution and its version as a sentence has them."""
    return f"{name} {version}" if version else name
