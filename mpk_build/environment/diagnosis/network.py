"""A model that wants the network, where it has none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = re.compile(r"gaierror|herror|URLError|Connect\w*|ReadTimeout|MaxRetryError|NameResolutionError|ProtocolError")
_TEXTS = re.compile(r"Network is unreachable|[Nn]ame resolution|Name or service|Permission denied|Connection refused")
_COMMAND = (
    "package what it fetches: model: {artifacts: {NAME: PATH}}; if it has to use the network: validate: {network: true}"
)


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For a failed connection of a package that has no network, and that was seen to try."""
    if not context.hosts or failure.path or not any(_is_of_network(*one) for one in _raised(failure)):
        return None
    hosts = phrases.listed(context.hosts)
    return Diagnosis(
        f"the package wants the network {phrases.doing(failure.phase)}, and has none where it is validated: {hosts}",
        (*phrases.frames(failure), f"it raised {failure.type}: {failure.message}"),
        _COMMAND,
    )


def _raised(failure: Failure) -> Iterator[tuple[str, str]]:
    yield failure.type, failure.message
    yield from failure.causes


def _is_of_network(kind: str, message: str) -> bool:
    return bool(_TYPES.search(kind)) or (kind.endswith(("OSError", "PermissionError")) and bool(_TEXTS.search(message)))
