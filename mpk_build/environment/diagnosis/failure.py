"""What a catalogue of diagnoses reads and gives."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.foundation.errors import Edit


@dataclass(frozen=True)
class Failure:
    """What went wrong, as `mpk_runtime.failing` reports it; what it does not know is empty.

    Attributes:
        phase: What was being done, such as ``load``, ``predict`` or ``import``; ``install``, ``run`` for what no
            Python raised.
        type: The class of the exception, or ``Ended``, ``TimedOut``, ``Differences``, ``Uv``.
        message: Its text; of a process, who it was.
        module: The module that an ImportError names.
        path: The file that an OSError names; for a SyntaxError with ``:line``.
        through: The modules whose code was being run, outermost first; the last one raised.
        frames: File, line and function in the model's own code, outermost first.
        causes: Type and message of what it was raised from, nearest first.
        warnings: Category and message of what was warned of before.
        returncode: How a process that ``Ended`` did; negative for a signal.
        seconds: After how long one ``TimedOut``.
    """

    phase: str
    type: str
    message: str
    module: str = ""
    path: str = ""
    through: tuple[str, ...] = ()
    frames: tuple[tuple[str, int, str], ...] = ()
    causes: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    returncode: int = 0
    seconds: float = 0

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Failure:
        """From what crossed the wall."""
        return cls(
            phase=str(document["phase"]),
            type=str(document["type"]),
            message=str(document["message"]),
            module=str(document["module"] or ""),
            path=str(document["path"] or ""),
            through=tuple(document["through"]),
            frames=tuple((one["file"], one["line"], one["function"]) for one in document["frames"]),
            causes=tuple((one["type"], one["message"]) for one in document["causes"]),
            warnings=tuple((one["category"], one["message"]) for one in document["warnings"]),
        )

    @property
    def texts(self) -> tuple[str, ...]:
        """Its message, and those of what it was raised from."""
        return (self.message, *(message for _, message in self.causes))


@dataclass(frozen=True)
class Context:
    """Where it went wrong.

    Attributes:
        where: ``source`` for the source environment, ``package`` for the packaged model in its own.
        python: The Python there, such as ``3.11``, or ``""``.
        root: The project's folder, or None.
        entrypoint: The manifest's.
        installed: Name to version of what is installed there.
        trained: Name to version in the source environment.
        providers: Module to the requirement that provides it in the source environment.
        source: The file that the source environment is made from, or its Python, as a person would type it.
        outside: Files of this machine that it tried to open where it is shut in and does not see them.
        hosts: Hosts that it tried to reach where it has no network.
    """

    where: Literal["source", "package"]
    python: str = ""
    root: Path | None = None
    entrypoint: str = ""
    installed: dict[str, str] = field(default_factory=dict)
    trained: dict[str, str] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)
    source: str = ""
    outside: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """Where it went wrong, as a sentence has it."""
        return "the source environment" if self.where == "source" else "the package's environment"


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong.

    Attributes:
        cause: A sentence without a full stop.
        evidence: What it is concluded from, a line each.
        command: What to type or to write next.
        fix: Edits of the manifest that may put it right.
    """

    cause: str
    evidence: tuple[str, ...] = ()
    command: str | None = None
    fix: tuple[Edit, ...] = ()
