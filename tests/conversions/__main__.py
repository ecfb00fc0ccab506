"""``python -m conversions`` with tests/ on the path: writes the tables of docs/signatures.md anew."""

from __future__ import annotations

from support import PROJECT

from conversions import asking, tables

if __name__ == "__main__":
    cells, outcomes = asking.everything()
    page = PROJECT / "docs" / "signatures.md"
    page.write_text(
        tables.written(page.read_text("utf-8"), tables.document(cells, outcomes["strict"], outcomes["mlflow"]))
    )
