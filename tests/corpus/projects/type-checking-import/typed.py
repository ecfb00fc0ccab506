from __future__ import annotations

import typing as t
from typing import TYPE_CHECKING

from toolz import accumulate

if TYPE_CHECKING:
    import networkx as nx

if t.TYPE_CHECKING:
    from sortedcontainers import SortedList


def predict(values: SortedList) -> list[int]:
    graph: nx.Graph | None = None
    return [] if graph else list(accumulate(max, [int(value) for value in values]))
