"""Every cell of the tables: the mode ``mlflow`` is what MLflow does, and the page says what both modes do."""

from __future__ import annotations

from typing import Any

import pytest
from conversions import asking, tables
from support import PROJECT

PAGE = PROJECT / "docs" / "signatures.md"
Everything = tuple[list[dict[str, Any]], dict[str, list[Any]]]


@pytest.fixture(scope="module")
def everything() -> Everything:
    return asking.everything()


def test_the_mode_mlflow_is_what_mlflow_does(everything: Everything) -> None:
    cells, outcomes = everything
    other = [
        {**cell, "mpk": ours, "MLflow": theirs}
        for cell, ours, theirs in zip(cells, outcomes["mlflow"], outcomes["MLflow"], strict=True)
        if ours != theirs
    ]
    assert other == []
    assert len({cell["table"] for cell in cells}) == 11


def test_the_page_says_what_both_modes_do(everything: Everything) -> None:
    cells, outcomes = everything
    made = tables.document(cells, outcomes["strict"], outcomes["mlflow"])
    # Written anew by: PYTHONPATH=tests python -m conversions
    assert tables.documented(PAGE.read_text("utf-8")) == made
