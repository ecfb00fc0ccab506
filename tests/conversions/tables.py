"""The outcomes as the tables of docs/signatures.md."""

from __future__ import annotations

import re
from typing import Any

REFUSED = "-"
# A table of the page: what it shows, and how much of an outcome.
_SHOWN = {
    "python": ("given", "dtype"),
    "json": ("value", "value"),
    "inputs": ("value", "value"),
    "csv": ("field", "value"),
    "nested json": ("value", "value"),
    "tensors": ("given", "dtype"),
    "tensors json": ("value", "value"),
    "params": ("value", "value"),
}
_BOTH = ("whole", "requests")


def markdown(table: str, cells: list[dict[str, Any]], outcomes: list[Any]) -> str:
    """One table in one mode: a row for what is given, a column for each declared type."""
    first, part = _SHOWN[table]
    rows: dict[str, dict[str, str]] = {}
    for cell, outcome in zip(cells, outcomes, strict=True):
        if cell["table"] == table:
            rows.setdefault(cell["row"], {})[cell["column"]] = _shown(outcome, part)
    columns = list(next(iter(rows.values())))
    code = first != "given"
    lines = [f"| {first} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {_label(label, code=code)} | {' | '.join(row.values())} |" for label, row in rows.items()]
    return "\n".join(lines) + "\n"


def side_by_side(table: str, cells: list[dict[str, Any]], strict: list[Any], mlflow: list[Any]) -> str:
    """One table of whole inputs: what each mode makes of it."""
    lines = ["| given | strict | mlflow |", "|---|---|---|"]
    for cell, one, other in zip(cells, strict, mlflow, strict=True):
        if cell["table"] == table:
            given = cell.get("data") or f"{cell['form']}: {cell['value']}"
            lines.append(f"| {cell['row']}: `{given}` | {_whole(one)} | {_whole(other)} |")
    return "\n".join(lines) + "\n"


def document(cells: list[dict[str, Any]], strict: list[Any], mlflow: list[Any]) -> dict[str, str]:
    """Every table of the page, by the name that its marks have."""
    made = {f"{name}, strict": markdown(name, cells, strict) for name in _SHOWN}
    made.update({f"{name}, mlflow": markdown(name, cells, mlflow) for name in _SHOWN})
    return {**made, **{name: side_by_side(name, cells, strict, mlflow) for name in _BOTH}}


def documented(page: str) -> dict[str, str]:
    """The tables that stand in a page between ``<!-- table: NAME -->`` and ``<!-- end -->``."""
    return dict(re.findall(r"<!-- table: (.*?) -->\n\n(.*?)\n<!-- end -->", page, re.DOTALL))


def written(page: str, tables: dict[str, str]) -> str:
    """The page with these tables."""
    for name, table in tables.items():
        start, mark, rest = page.partition(f"<!-- table: {name} -->\n")
        _, end, rest = rest.partition("<!-- end -->")
        page = f"{start}{mark}\n{table}\n{end}{rest}"
    return page


def _label(label: str, *, code: bool) -> str:
    return f"`{label}`" if code and label else label or "(none)"


def _shown(outcome: Any, part: str) -> str:
    if outcome is None:
        return REFUSED
    if isinstance(outcome, str):
        return f"`{_plain(outcome)}`"
    dtype, values = outcome["frame"]["x"] if "frame" in outcome else (outcome["array"], outcome["values"])
    if part == "dtype":
        return f"{dtype}" if "frame" not in outcome or dtype != "object" else "objects"
    return f"`{_plain(', '.join(values))}`" if values else "empty"


def _whole(outcome: Any) -> str:
    if outcome is None:
        return REFUSED
    if isinstance(outcome, str):
        return f"`{_plain(outcome)}`"
    if "frame" in outcome:
        columns = ", ".join(f"{name}: {', '.join(values)}" for name, (_, values) in outcome["frame"].items())
        labels = outcome["index"]
        index = "" if labels == [str(at) for at in range(len(labels))] else f", index {', '.join(labels)}"
        return f"frame `{_plain(columns)}`{index}"
    if "array" in outcome:
        return f"array `{_plain(', '.join(outcome['values']))}`"
    return ", ".join(f"{name}: {_whole(one)}" for name, one in outcome.items())


def _plain(text: str) -> str:
    text = re.sub(r"np\.\w+\(([^()]*)\)", r"\1", text)
    text = re.sub(r"np\.(True|False)_", r"\1", text)
    text = re.sub(r"Timestamp\('([^']*)'[^()]*\)", r"\1", text)
    text = re.sub(r"datetime\.(?:date|datetime)\(([\d, ]+)\)", _moment, text)
    return text.replace("|", "\\|")


def _moment(found: re.Match[str]) -> str:
    parts = [f"{int(part):02}" for part in found[1].split(", ")]
    return " ".join(filter(None, ["-".join(parts[:3]), ":".join(parts[3:])]))
