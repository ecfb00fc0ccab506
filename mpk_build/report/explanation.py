"""Why a model needs what it needs, from the facts of the stage infer-env: for a person, and as a document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TOLD = ("needs", "left_out", "missing", "computed_imports", "unread")
_PHASES = {"loading": "while loading", "predicting": "while predicting"}


def document(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that explain a lock, as ``mpk lock --explain --json`` prints them."""
    return {"schema_version": 1, "ok": True, **{name: facts.get(name, []) for name in _TOLD}}


def text(facts: Mapping[str, Any]) -> str:
    """A table of what is needed and why, and then what was found besides."""
    told = document(facts)
    rows = [("requirement", "version", "why")]
    for need in told["needs"]:
        reasons = _reasons(need["evidence"])
        if any(one["how"] != "source" for one in need["evidence"]):
            reasons = [one.replace("only in source", "in source", 1) for one in reasons]
        if need["required_by"]:
            reasons.insert(0, f"comes with {need['required_by']}")
        name = _as_asked(need) if need["requirement"] else f"  {need['name']}"
        rows.append((name, need["version"], reasons[0]))
        rows.extend(("", "", one) for one in reasons[1:])
    parts = [_table(rows) if told["needs"] else "no requirements"]
    if told["left_out"]:
        left = [(f"  {one['name']}", _left_out(one)) for one in told["left_out"]]
        parts.append("left out\n" + _table(left))
    if told["missing"]:
        missing = [(f"  {one['module']}", _missing(one)) for one in told["missing"]]
        parts.append("not installed where the model was made\n" + _table(missing))
    for title, places in (
        ("imported by a name that only a run tells", told["computed_imports"]),
        ("could not be read as Python", told["unread"]),
    ):
        if places:
            parts.append("\n".join([title, *(f"  {place}" for place in places)]))
    return "\n\n".join(parts)


def _reasons(evidence: Sequence[Mapping[str, Any]]) -> list[str]:
    libraries = [one for one in evidence if one["how"] == "library"]
    told = [reason(one) for one in evidence if one["how"] != "library" or one is libraries[0]]
    if len(libraries) > 1:
        at = told.index(reason(libraries[0]))
        told[at] += f", and {len(libraries) - 1} more"
    return told or ["it is needed"]


def reason(evidence: Mapping[str, Any]) -> str:
    """One evidence in words, such as ``imported while predicting by pandas``."""
    how, detail, module = evidence["how"], evidence.get("detail"), evidence.get("module")
    phase = _PHASES.get(evidence.get("phase", ""), "")
    place = f"{evidence['file']}:{evidence['line']}" if "file" in evidence else ""
    said = {
        "imported": ["imported", phase, f"by {detail}" if detail else ""],
        "source": ["only in source:" if place else "only in source", place, f"({detail})" if detail else ""],
        "declared": ["declared in", detail or "the manifest"],
        "extra": ["an extra:", detail or ""],
        "plugin": ["a plugin, loaded", phase, f"({detail})" if detail else ""],
        "metadata": [f"{detail} read" if detail else "asked for by name", phase],
        "library": ["a shared library loaded", phase, f"({detail})" if detail else ""],
        "program": ["a program started", phase, f"({module or detail})" if module or detail else ""],
    }[how]
    if place and how != "source":
        said.append(f"({place})")
    return " ".join(part for part in said if part)


def _as_asked(need: Mapping[str, Any]) -> str:
    requirement = str(need["requirement"])
    extras = f"[{','.join(need['extras'])}]" if need["extras"] else ""
    return f"{need['name']}{extras}" if requirement.endswith(f"=={need['version']}") else requirement


def _left_out(one: Mapping[str, Any]) -> str:
    reasons = [reason(evidence) for evidence in one["evidence"][:1]]
    # The reason says already that nothing else does.
    found = [text.removeprefix("only in source: ") for text in reasons]
    return "; ".join([one["why"], *found])


def _missing(one: Mapping[str, Any]) -> str:
    goes_on = "; the code goes on without it" if one["optional"] else ""
    return f"{one['file']}:{one['line']}{goes_on}"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
