"""The action's inputs, checked, and the command line that they make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

COMMANDS = ("build", "validate", "lock")
_FLAGS = {"true": True, "false": False, "": False}


class InputError(Exception):
    """An input is not what it may be; the message names it."""


@dataclass(frozen=True)
class Inputs:
    """What to start: the ``mpk`` program, the command's name, and all arguments, each an item of its own."""

    mpk: Path
    command: str
    arguments: tuple[str, ...]


def read_inputs(environment: Mapping[str, str]) -> Inputs:
    """The inputs in INPUT_* variables.

    Raises:
        InputError: An unknown command, a flag that is neither true nor false, or an input that the command
            has no use for.
    """
    command = environment.get("INPUT_COMMAND", "").strip() or "build"
    if command not in COMMANDS:
        raise InputError(f"The input command is {command!r}; it must be one of {', '.join(COMMANDS)}.")
    word = environment.get("INPUT_LOCKED", "").strip().lower()
    if word not in _FLAGS:
        raise InputError(f"The input locked is {word!r}; it must be true or false.")
    overrides = [line.strip() for line in environment.get("INPUT_OVERRIDE", "").splitlines() if line.strip()]
    if overrides and command != "validate":
        raise InputError(f"The input override is for the command validate, not for {command}.")
    manifest = environment.get("INPUT_MANIFEST", "").strip() or "mpk.yaml"
    # --name=value: a value that begins with a dash stays a value
    options = [f"--file={manifest}", "--json", *(f"--override={requirement}" for requirement in overrides)]
    if _FLAGS[word]:
        options.append("--locked")
    return Inputs(Path(environment["MPK_ENVIRONMENT"], "bin", "mpk"), command, (command, *options))
