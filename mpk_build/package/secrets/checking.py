"""Stops a build whose package would hold a secret, unless the manifest allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import StageError
from mpk_build.package.secrets import scanning, texts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_SHOWN = 10
# Of these the line is one that a person can open; what has none is a value of the manifest.
VALUES = ("metadata", "model.config", "params", "the input example")


def check(found: Iterable[tuple[str, str]], allowed: Collection[str]) -> dict[str, Any]:
    """Look for secrets in texts; returns how many were allowed, and what is allowed and no longer there.

    Raises:
        StageError: There is one that is not allowed. The error has its place and kind, and nothing of the secret.
    """
    finds = scanning.scan(found)
    others = [one for one in finds if one.fingerprint not in allowed]
    if others:
        told = [f"{_place(one)}: {one.kind}, fingerprint {one.fingerprint}" for one in others[:_SHOWN]]
        more = len(others) - _SHOWN
        what = "what looks like a secret" if len(others) == 1 else f"{len(others)} times what looks like a secret"
        fingerprints = sorted({one.fingerprint for one in others})[:_SHOWN]
        raise StageError(
            f"the package would hold {what}",
            evidence=(*told, *([f"and {more} more"] if more > 0 else [])),
            hint="take it out, and hand it to the endpoint as a variable; what is none can be allowed:"
            f" secrets: {{allow: [{', '.join(map(repr, fingerprints))}]}}, or in place: # pragma: allowlist secret",
        )
    known = {one.fingerprint for one in finds}
    return {"allowed": len(finds), "no_longer_there": sorted(set(allowed) - known)}


def _place(find: scanning.Find) -> str:
    return find.name if find.name in VALUES or find.name.endswith(texts.PICKLES) else f"{find.name}:{find.line}"
