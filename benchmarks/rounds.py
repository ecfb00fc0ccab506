"""Runs the sides of a comparison in turns, A B C A B C, so that a machine which gets slower gets slower for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.measuring import Sample


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Side:
    """One of the things that are compared.

    Attributes:
        name: What the table calls it.
        run: Does it once and says what that took.
        prepare: Makes the state that it starts from; not timed.
        most_rounds: It takes part in the first so many rounds only, for it is slow; None for all.
        warm_up: Whether it runs once before, unmeasured.
    """

    name: str
    run: Callable[[], Sample]
    prepare: Callable[[], None] = _nothing
    most_rounds: int | None = None
    warm_up: bool = True


def take_turns(sides: Sequence[Side], rounds: int, tell: Callable[[str], None]) -> dict[str, list[Sample]]:
    """The samples of each side by its name, in the order of the rounds; warm-ups are left out."""
    samples: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for side in sides:
        if side.warm_up:
            side.prepare()
            side.run()
    for number in range(rounds):
        for side in sides:
            if side.most_rounds is not None and number >= side.most_rounds:
                continue
            side.prepare()
            samples[side.name].append(side.run())
            tell(f"{number + 1}/{rounds}  {side.name}: {samples[side.name][-1].wall_s:.3f} s")
    return samples
