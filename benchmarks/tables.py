"""What was measured, as Markdown for a page of the documentation, and as JSON for a program."""

from __future__ import annotations

import os
import platform
from statistics import median
from typing import TYPE_CHECKING, Any

from benchmarks.comparing import Verdict, judge, walls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.experiments import Measured

_TIMES = "| what | runs | min s | median s | max s | median CPU s |\n|---|---:|---:|---:|---:|---:|"
_GOALS = "| compared | medians | pairs | CPU | to reach | reached |\n|---|---:|---:|---:|---:|---|"
_SIGNS = {"ratio": "/", "difference": "-"}
_REACHED = {None: "", True: "yes", False: "no"}


def markdown(measured: Sequence[Measured], versions: str) -> str:
    """Two tables, the times of each side and what the goals came to, and what there is to say besides."""
    times = [_times_row(one, name) for one in measured for name in one.samples]
    goals = [_goal_row(title, verdict) for title, verdict in verdicts(measured)]
    more = [
        f"\n{one.experiment.title[0].upper()}{one.experiment.title[1:]}:\n\n{one.more}" for one in measured if one.more
    ]
    return "\n".join([machine(versions), "", _TIMES, *times, "", _GOALS, *goals, "", *more])


def document(measured: Sequence[Measured], versions: str) -> dict[str, Any]:
    """All samples, in seconds: ``{"machine", "experiments": {name: {side: [[wall, cpu], ...]}}, "more"}``."""
    return {
        "machine": machine(versions),
        "more": {one.experiment.name: one.more for one in measured if one.more},
        "experiments": {
            one.experiment.name: {
                side: [[round(sample.wall_s, 4), round(sample.cpu_s, 4)] for sample in samples]
                for side, samples in one.samples.items()
            }
            for one in measured
        },
    }


def verdicts(measured: Sequence[Measured]) -> list[tuple[str, Verdict]]:
    """The goals of all experiments whose sides were measured, with the experiment's title."""
    return [
        (one.experiment.title, judge(goal, one.samples))
        for one in measured
        for goal in one.experiment.goals
        if one.samples.get(goal.side) and one.samples.get(goal.base)
    ]


def machine(versions: str) -> str:
    """The machine and the versions in one line, with how busy it is: the runnable processes of the last minute."""
    load = f"{os.getloadavg()[0]:.1f}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, load {load} at the end; {versions}."


def _times_row(one: Measured, name: str) -> str:
    samples = one.samples[name]
    if not samples:
        return f"| {one.experiment.title}: {name} | 0 | | | | |"
    times = walls(samples)
    cells = [min(times), median(times), max(times), median(sample.cpu_s for sample in samples)]
    shown = " | ".join(f"{cell:.3f}" if cell < 1 else f"{cell:.2f}" for cell in cells)
    return f"| {one.experiment.title}: {name} | {len(samples)} | {shown} |"


def _goal_row(title: str, verdict: Verdict) -> str:
    goal = verdict.goal
    sign = _SIGNS.get(goal.measure)
    what = f"{goal.side} {sign} {goal.base}" if sign else goal.side
    unit = "" if goal.measure == "ratio" else " s"
    digits = 2 if goal.measure == "ratio" else 3
    cells = [f"{value:.{digits}f}{unit}" for value in (verdict.of_medians, verdict.of_pairs, verdict.of_cpu)]
    limit = "" if goal.limit is None else f"{goal.limit}{unit}"
    return f"| {title}: {what} | {' | '.join(cells)} | {limit} | {_REACHED[verdict.reached]} |"
