"""What became of a build: frozen, and free of how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.foundation.errors import MpkError


@dataclass(frozen=True)
class Output:
    """An output of a stage: where a copy of it was published, if anywhere, and its digest."""

    path: Path | None
    digest: str


@dataclass(frozen=True)
class StageResult:
    """What became of one stage.

    Attributes:
        stage: Its name.
        summary: What it does.
        status: ``built``, ``cached``, ``failed`` or ``skipped``.
        why: Why it ran, or did not.
        key: The digest of what it was made from, or None where that never became known.
        seconds: How long it took now; of one that is cached, 0.
        outputs: Name to output.
        facts: What it reported.
        error: Why it failed, or None.
        log: What it printed, or None.
    """

    stage: str
    summary: str
    status: Literal["built", "cached", "failed", "skipped"]
    why: str
    key: str | None = None
    seconds: float = 0.0
    outputs: dict[str, Output] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    error: MpkError | None = None
    log: Path | None = None


@dataclass(frozen=True)
class BuildResult:
    """What became of a build.

    Attributes:
        name: The manifest's name.
        version: Its version.
        stages: The stages in order.
        seconds: How long it took.
        image: What the image is called, or None.
    """

    name: str
    version: str
    stages: tuple[StageResult, ...]
    seconds: float
    image: str | None

    @property
    def error(self) -> MpkError | None:
        """Why it failed, or None."""
        return next((stage.error for stage in self.stages if stage.error is not None), None)

    @property
    def ok(self) -> bool:
        """Whether every stage has its result."""
        return self.error is None

    def stage(self, name: str) -> StageResult | None:
        """The result of one stage."""
        return next((stage for stage in self.stages if stage.stage == name), None)
