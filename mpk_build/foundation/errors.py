"""Everything that mpk says when it can't go on, with the exit code that goes with it.

Exit codes: 1 a stage failed (the model's fault), 2 usage or manifest, 3 this machine lacks something, 4 a bug in mpk.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True)
class Position:
    """A place in a file that a person wrote; ``line`` and ``column`` count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Edit:
    """A change of the manifest that may put something right: a requirement, and the list that it goes to."""

    field: Literal["extra", "override"]
    requirement: str


class MpkError(Exception):
    """What went wrong, in sentences, and the next thing to do (``hint``).

    What was diagnosed also has its name in the catalogue (``diagnosis``), the ``evidence``, a line each, and, where
    that is mechanical, the ``fix``.
    """

    exit_code: ClassVar[int] = 4

    def __init__(  # noqa: PLR0913 - all that a person and a program are told
        self,
        message: str,
        *,
        hint: str | None = None,
        position: Position | None = None,
        evidence: tuple[str, ...] = (),
        diagnosis: str | None = None,
        fix: tuple[Edit, ...] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.position = position
        self.evidence = evidence
        self.diagnosis = diagnosis
        self.fix = fix


class StageError(MpkError):
    """A stage can't do its work because of what it was given: the model's fault."""

    exit_code = 1


class UsageError(MpkError):
    """The command line asks for something that can't be."""

    exit_code = 2


class ManifestError(UsageError):
    """The manifest, or a stage declaration, is not what it should be."""


class MachineError(MpkError):
    """This machine lacks something that the build needs: an engine, a network, an interpreter."""

    exit_code = 3


class InterruptedByUserError(MpkError):
    """The person, or the machine, wants it to end."""

    exit_code = 130
