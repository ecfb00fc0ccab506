"""How environments are made: one module a way, all with the same two functions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from mpk_build.environment.making import by_conda, by_uv, by_virtualenv

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter


class Maker(Protocol):
    """A way to make an environment."""

    CLEAN: str
    """The command that empties its cache."""

    def create(self, folder: Path, interpreter: Interpreter, lock: str) -> None:
        """Make an environment in ``folder``, which does not exist, without what a lock has of the index.

        Raises:
            MachineError: The interpreter, or a library, does not do.
            StageError: The lock is not for that.
        """

    def install(self, lock: str, folder: Path, interpreter: Interpreter, *, fresh: bool) -> None:
        """Install a lock into it, hashes required; ``fresh``: from the index, whatever caches hold.

        Raises:
            StageError: A package can't be installed, or its hash is another.
            MachineError: An index could not be reached.
        """


MAKERS: dict[str, Maker] = {"uv": by_uv, "virtualenv": by_virtualenv, "conda": by_conda}
