"""Sides take turns; what is slow takes part less often."""

from __future__ import annotations

from benchmarks.measuring import Sample
from benchmarks.rounds import Side, take_turns


def test_sides_take_turns_each_from_its_prepared_state() -> None:
    done: list[str] = []

    def side(name: str, *, most_rounds: int | None = None, warm_up: bool = True) -> Side:
        def run() -> Sample:
            done.append(name)
            return Sample(len(done), 0.0)

        return Side(name, run, lambda: done.append(f"prepare {name}"), most_rounds, warm_up)

    told: list[str] = []
    samples = take_turns([side("a"), side("b", most_rounds=1, warm_up=False)], 2, told.append)
    assert done == ["prepare a", "a", "prepare a", "a", "prepare b", "b", "prepare a", "a"]
    assert samples == {"a": [Sample(4, 0.0), Sample(8, 0.0)], "b": [Sample(6, 0.0)]}
    assert told == ["1/2  a: 4.000 s", "1/2  b: 6.000 s", "2/2  a: 8.000 s"]
