"""Which code a package has and why, and what was left out, from the facts of the stage package."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SHOWN = 20


def text(facts: Mapping[str, Any]) -> str:
    """Lines for a person: each file of code with its reason, what was left out, and what may be missing."""
    code: dict[str, str] = facts.get("code", {})
    width = max((len(name) for name in code), default=0)
    lines = [f"code: {len(code)} file{'' if len(code) == 1 else 's'}"]
    lines += [f"  {name:<{width}}  {why}" for name, why in code.items()]
    lines += _left_out(facts.get("left_out", {}))
    for name, files in facts.get("artifacts_left_out", {}).items():
        lines += [f"left out of the artifact {name}: {len(files)}", *_first(files)]
    for folder, number in facts.get("unread_files", {}).items():
        beside = "1 file was" if number == 1 else f"{number} files were"
        lines.append(f"in {folder}, {beside} not read and not packaged; if another input needs them: code_paths")
    return "\n".join(lines)


def _left_out(left_out: Mapping[str, str]) -> list[str]:
    lines = []
    for why, number in sorted(Counter(left_out.values()).items()):
        lines.append(f"left out, {why}: {number}")
        lines += _first(name for name, reason in left_out.items() if reason == why)
    return lines


def _first(names: Iterable[str]) -> list[str]:
    found = list(names)
    more = [f"  and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return [*(f"  {name}" for name in found[:_SHOWN]), *more]
