"""Medians and ratios of samples, and whether a goal is reached."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measuring import Sample


@dataclass(frozen=True)
class Goal:
    """What one side is to reach beside another.

    Attributes:
        side: The side that is judged.
        base: The side that it is compared with.
        measure: ``ratio``: side / base; ``difference``: side - base, in seconds; ``time``: the side alone, in seconds.
        limit: The most that is good; None where nothing is demanded.
    """

    side: str
    base: str
    measure: Literal["ratio", "difference", "time"] = "ratio"
    limit: float | None = None


@dataclass(frozen=True)
class Verdict:
    """A goal with what was measured.

    Attributes:
        goal: The goal.
        of_medians: The measure of the medians.
        of_pairs: The median of the measure in each round: what drifts from round to round cancels.
        of_cpu: The measure of the median processor times: what other programs on the machine do counts least.
    """

    goal: Goal
    of_medians: float
    of_pairs: float
    of_cpu: float

    @property
    def reached(self) -> bool | None:
        """Whether the medians reach the goal; None where nothing is demanded."""
        return None if self.goal.limit is None else self.of_medians <= self.goal.limit


def judge(goal: Goal, samples: dict[str, list[Sample]]) -> Verdict:
    """Measure a goal; both sides need a sample."""
    side, base = samples[goal.side], samples[goal.base]
    pairs = [_measured(goal, a.wall_s, b.wall_s) for a, b in zip(side, base, strict=False)]
    return Verdict(
        goal,
        _measured(goal, median(walls(side)), median(walls(base))),
        median(pairs),
        _measured(goal, median(one.cpu_s for one in side), median(one.cpu_s for one in base)),
    )


def walls(samples: Sequence[Sample]) -> list[float]:
    """The seconds that passed, of each sample."""
    return [sample.wall_s for sample in samples]


def _measured(goal: Goal, side: float, base: float) -> float:
    if goal.measure == "ratio":
        return side / base
    return side - base if goal.measure == "difference" else side
