"""What a person should know although nothing failed: one line on standard error, which in a stage is its log."""

from __future__ import annotations

import sys


def note(text: str) -> None:
    """Say it."""
    print(f"note: {text}", file=sys.stderr, flush=True)  # noqa: T201 - this is where mpk speaks
