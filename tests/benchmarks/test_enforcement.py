"""The table of what enforcement costs."""

from __future__ import annotations

from benchmarks import enforcement


def test_medians_and_the_ratio_are_shown() -> None:
    cases = {
        "1 row": {"MLflow": [0.002, 0.004, 0.003], "mpk": [0.0001, 0.0002, 0.0001]},
        "many rows": {"MLflow": [0.5], "mpk": [0.25]},
    }
    assert enforcement.markdown(cases) == (
        "| enforcement, ms | MLflow | mpk | MLflow / mpk |\n"
        "|---|---:|---:|---:|\n"
        "| 1 row | 3.0 | 0.100 | 30.0 |\n"
        "| many rows | 500.0 | 250.0 | 2.0 |\n"
    )
