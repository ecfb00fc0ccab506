"""What is done about verdicts: a build that refuses, and a package from outside that is not loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import StageError
from mpk_build.package.pickles.verdict import verdict

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.pickles.verdict import Verdict

_STOPPING = ("dangerous", "unreadable")


def check_before_loading(root: Path, document: dict[str, Any], hint: str) -> None:
    """See that nothing in a package is dangerous, or can't be judged, before it is loaded.

    What is unknown or is code by value is not stopped: custom models are.

    Args:
        root: The package.
        document: Its MLmodel document.
        hint: What to type to load it nevertheless.

    Raises:
        StageError: Something is.
    """
    found = [one for one in verdict(root, document) if one.kind in _STOPPING]
    if found:
        raise StageError(
            f"{root} is not loaded, since unpickling it may run what no model needs:\n{_listed(found)}", hint=hint
        )


def check_built(verdicts: list[Verdict]) -> None:
    """See that a package that was just made holds nothing but what its libraries and its own code define.

    Raises:
        StageError: It does; the manifest says that this is refused.
    """
    found = [one for one in verdicts if not one.is_trusted]
    if found:
        raise StageError(
            f"the manifest refuses pickles that do more than make known objects:\n{_listed(found)}",
            hint="mpk explain package; to build it nevertheless: validate: {pickles: sandbox}",
        )


def check_given(verdicts: list[Verdict], policy: str) -> None:
    """See that a file that somebody saved may be loaded where the model is made, which is in no sandbox.

    ``policy``: the manifest's ``validate.pickles``.

    Raises:
        StageError: It is refused: by ``refuse`` as `check_built` does, by ``sandbox`` where it is dangerous or can't be
            read.
    """
    if policy == "refuse":
        check_built(verdicts)
    found = [one for one in verdicts if one.kind in _STOPPING]
    if policy == "sandbox" and found:
        raise StageError(
            f"the file is not loaded where the model is made, since no sandbox is there:\n{_listed(found)}",
            hint="if you know who made it: validate: {pickles: report}",
        )


def _listed(found: list[Verdict]) -> str:
    return "\n".join(f"  {one.told()}" for one in found)
