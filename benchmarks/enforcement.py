"""What enforcing a signature costs, beside MLflow's own enforcement in the same process."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measuring import Workplace

if TYPE_CHECKING:
    from benchmarks.laboratory import Laboratory

_SCRIPT = Path(__file__).with_name("enforcement_side.py")
_RUNTIME = Path(__file__).parent.parent / "mpk_build" / "runtime"
_ROUNDS = 200
_HEAD = "| enforcement, ms | {} | MLflow / mpk |\n|---|{}---:|"


def table(lab: Laboratory, mlflow: bool) -> str:  # noqa: FBT001 - as all of them
    """The medians of each side and case, in milliseconds, and the ratio, as a Markdown table."""
    if not mlflow:
        return "It needs MLflow's environment, which was left out.\n"
    place = Workplace(lab.root, {**lab.env, "PYTHONPATH": str(_RUNTIME), "MLFLOW_DISABLE_TELEMETRY": "true"})
    _, said = place.read(lab.mlflow.python, _SCRIPT, str(_ROUNDS))
    return markdown(json.loads(said.splitlines()[-1]))


def markdown(cases: dict[str, dict[str, list[float]]]) -> str:
    """The table of ``{case: {side: seconds of each round}}``; the ratio is of medians, MLflow's to mpk's."""
    names = list(next(iter(cases.values())))
    lines = [_HEAD.format(" | ".join(names), "---:|" * len(names))]
    for case, sides in cases.items():
        medians = {name: 1000 * median(times) for name, times in sides.items()}
        shown = " | ".join(f"{value:.3f}" if value < 1 else f"{value:.1f}" for value in medians.values())
        lines.append(f"| {case} | {shown} | {medians['MLflow'] / medians['mpk']:.1f} |")
    return "\n".join(lines) + "\n"
