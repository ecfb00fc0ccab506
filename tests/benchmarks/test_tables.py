"""Medians, ratios and goals, and the tables that show them."""

from __future__ import annotations

import pytest

from benchmarks.comparing import Goal, Verdict, judge
from benchmarks.experiments import Experiment, Measured
from benchmarks.measuring import Sample
from benchmarks.tables import document, markdown

SAMPLES = {
    "mpk": [Sample(3.0, 2.0), Sample(2.0, 2.0), Sample(8.0, 2.0)],
    "floor": [Sample(2.0, 1.0), Sample(1.0, 1.0), Sample(8.0, 1.0)],
    "absent": [],
}


@pytest.mark.parametrize(
    ("goal", "of_medians", "of_pairs", "of_cpu", "reached"),
    [
        (Goal("mpk", "floor"), 1.5, 1.5, 2.0, None),
        (Goal("mpk", "floor", limit=1.5), 1.5, 1.5, 2.0, True),
        (Goal("mpk", "floor", "difference", 0.9), 1.0, 1.0, 1.0, False),
        (Goal("mpk", "floor", "time", 3.0), 3.0, 3.0, 2.0, True),
    ],
)
def test_judge(goal: Goal, of_medians: float, of_pairs: float, of_cpu: float, reached: bool | None) -> None:  # noqa: FBT001 - a row
    verdict = judge(goal, SAMPLES)
    assert verdict == Verdict(goal, of_medians, of_pairs, of_cpu)
    assert verdict.reached is reached


def test_pairs_are_those_of_one_round() -> None:
    samples = {"a": [Sample(10.0, 1.0), Sample(2.0, 1.0)], "b": [Sample(5.0, 1.0), Sample(1.0, 1.0), Sample(99.0, 1.0)]}
    assert judge(Goal("a", "b"), samples).of_pairs == 2.0


def test_markdown_has_every_side_and_every_goal_that_was_measured() -> None:
    goals = (
        Goal("mpk", "floor", limit=1.4),
        Goal("mpk", "floor", "difference", 1.5),
        Goal("mpk", "floor", "time"),
        Goal("absent", "floor"),
    )
    measured = Measured(Experiment("x", "validation", 3, lambda _lab, _mlflow: [], goals), SAMPLES)
    machine, *rest = markdown([measured], "Python 3").splitlines()
    assert machine.endswith("; Python 3.")
    assert rest == [
        "",
        "| what | runs | min s | median s | max s | median CPU s |",
        "|---|---:|---:|---:|---:|---:|",
        "| validation: mpk | 3 | 2.00 | 3.00 | 8.00 | 2.00 |",
        "| validation: floor | 3 | 1.00 | 2.00 | 8.00 | 1.00 |",
        "| validation: absent | 0 | | | | |",
        "",
        "| compared | medians | pairs | CPU | to reach | reached |",
        "|---|---:|---:|---:|---:|---|",
        "| validation: mpk / floor | 1.50 | 1.50 | 2.00 | 1.4 | no |",
        "| validation: mpk - floor | 1.000 s | 1.000 s | 1.000 s | 1.5 s | yes |",
        "| validation: mpk | 3.000 s | 3.000 s | 2.000 s |  |  |",
    ]
    assert document([measured], "Python 3")["experiments"] == {
        "x": {"mpk": [[3.0, 2.0], [2.0, 2.0], [8.0, 2.0]], "floor": [[2.0, 1.0], [1.0, 1.0], [8.0, 1.0]], "absent": []}
    }
