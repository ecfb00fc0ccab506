"""What a process was seen to import and to use, as `mpk_runtime.capture` reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Module:
    """A module that was imported.

    Attributes:
        name: Its name.
        file: Its file.
        phase: ``loading`` or ``predicting``.
        by: The file that imported it, or None.
        line: The line in that.
        plugin: The entry point that was loaded: ``{"group", "name", "value"}``.
    """

    name: str
    file: str
    phase: str
    by: str | None = None
    line: int | None = None
    plugin: dict[str, str] | None = None


@dataclass(frozen=True)
class Use:
    """A use of the environment that is no import.

    Attributes:
        how: ``asked`` for a distribution by name, or a ``library``, ``program`` or other ``file`` was opened.
        phase: ``loading`` or ``predicting``.
        name: The distribution that was asked for, or the module that was started as a program.
        file: What was opened.
        by: The file that asked, or None.
        line: The line in that.
    """

    how: str
    phase: str
    name: str | None = None
    file: str | None = None
    by: str | None = None
    line: int | None = None
