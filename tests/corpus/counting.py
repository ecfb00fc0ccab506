"""Counts what an inference missed and what it named in vain, beside the truth of a project.

What counts is what would be installed, so that ``pandas[parquet]`` and ``pandas`` with ``pyarrow`` are equally right.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import distributions
from typing import TYPE_CHECKING

from packaging.requirements import Requirement

from . import environments
from .environments import name_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from .projects import Project


@dataclass(frozen=True)
class Count:
    """What came out for a project.

    Attributes:
        project: Its name.
        missed: Requirements of the truth that are not met by what was found.
        surplus: Found requirements that bring what the model does not need.
        redundant: Found requirements that another found one brings anyway.
        error: Why the tool gave up, or why its package does not work; empty where it does.
    """

    project: str
    missed: tuple[str, ...]
    surplus: tuple[str, ...]
    redundant: tuple[str, ...]
    error: str = ""


def count(
    project: Project,
    found: Iterable[str],
    interpreter: Path,
    error: str = "",
    credited: frozenset[str] = frozenset(),
) -> Count:
    """Count for one project.

    Args:
        project: The project.
        found: The requirements that a tool found, as lines of a requirements file.
        interpreter: The Python of the project's source environment.
        error: Why the tool gave up, if it did.
        credited: Names of what the tool's packages bring besides: no miss, and no surplus either.
    """
    known = Requires(interpreter)
    given = {line: known.brought_by([line]) for line in found}
    needed = credited | known.brought_by(project.requirements)
    installed = credited.union(*given.values())
    return Count(
        project.name,
        missed=tuple(one for one in project.requirements if not known.brought_by([one]) <= installed),
        surplus=tuple(line for line, brought in given.items() if not brought <= needed),
        redundant=tuple(one for one in given if _said_by_others(one, given)),
        error=error,
    )


def _said_by_others(line: str, given: dict[str, set[str]]) -> bool:
    # Of two that bring the same one counts, the later.
    lines = list(given)
    earlier = lines[: lines.index(line)]
    return any(given[line] < given[one] or (given[line] == given[one] and one in earlier) for one in lines)


class Requires:
    """What the distributions of an environment require there."""

    def __init__(self, interpreter: Path) -> None:
        site = next((interpreter.parent.parent / "lib").glob("python*/site-packages"))
        self._requires: dict[str, list[Requirement]] = {
            name_of(one.metadata["Name"]): [Requirement(line) for line in one.requires or []]
            for one in distributions(path=[str(site)])
        }

    def brought_by(self, lines: Iterable[str]) -> set[str]:
        """The names of all distributions that come with some requirements."""
        found: set[str] = set()
        done: set[tuple[str, frozenset[str]]] = set()
        waiting = [(name_of(line), _extras(line)) for line in lines]
        while waiting:
            name, extras = current = waiting.pop()
            if current in done:
                continue
            done.add(current)
            found.add(name)
            waiting.extend(
                (name_of(one.name), frozenset(one.extras))
                for one in self._requires.get(name, [])
                if any(_holds(one, extra) for extra in extras or {""})
            )
        return found


def _holds(requirement: Requirement, extra: str) -> bool:
    version = environments.PYTHON
    here = {"extra": extra, "python_version": version, "python_full_version": f"{version}.0"}
    return requirement.marker is None or requirement.marker.evaluate(here)


def _extras(line: str) -> frozenset[str]:
    before, _, after = line.partition("[")
    plain = before.replace("-", "").replace("_", "").replace(".", "").isalnum()
    return frozenset(one.strip() for one in after.partition("]")[0].split(",")) if after and plain else frozenset()
