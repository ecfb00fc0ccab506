"""Counts as a Markdown table: a row for each project where something is wrong, and the sums."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .counting import Count

_COLUMNS = ("missed", "surplus", "redundant")


def markdown(counts: Mapping[str, Sequence[Count]]) -> str:
    """The table of some tools' counts, by the tool's name."""
    rows = ["| project | tool | missed | surplus | redundant | error |", "|---|---|---|---|---|---|"]
    for tool, found in counts.items():
        rows += [_row(tool, one) for one in found if one.missed or one.surplus or one.redundant or one.error]
    for tool, found in counts.items():
        sums = [sum(len(getattr(one, column)) for one in found) for column in _COLUMNS]
        failed = sum(bool(one.error) for one in found)
        rows.append(f"| **all {len(found)}** | {tool} | {sums[0]} | {sums[1]} | {sums[2]} | {failed} |")
    return "\n".join([*rows, ""])


def _row(tool: str, one: Count) -> str:
    cells = [", ".join(getattr(one, column)) for column in _COLUMNS]
    return f"| {one.project} | {tool} | {' | '.join(cells)} | {' '.join(one.error.split())[:160]} |"
