"""Whether a package that MLflow wrote needs MLflow to be loaded, and what it needs of what MLflow brings."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import providers
from mpk_build.environment.names import normalised
from mpk_build.foundation import processes
from mpk_build.foundation.documents import canonical
from mpk_build.foundation.errors import StageError
from mpk_build.foundation.resources import runtime_folder
from mpk_build.package import requirement_lines

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from mpk_build.package.reading import Package

NAMES = frozenset(("mlflow", "mlflow-skinny", "mlflow-tracing"))
_START = "import sys; sys.path.insert(0, sys.argv[1]); from mpk_runtime import needing; needing.main()"


@dataclass(frozen=True)
class Named:
    """What a package names, as `mpk_runtime.needing` reads it: nothing of the package is loaded.

    Attributes:
        modules: Module to the place that names it, in words.
        why: Why MLflow has to be there, in words; None where it has not.
        is_table: Whether its input is, or may be, a table.
    """

    modules: dict[str, str]
    why: str | None
    is_table: bool = True

    def of_mlflow(self, brought: Collection[str]) -> list[str]:
        """Names of the distributions that the package uses among those that MLflow brings: ``brought``."""
        wanted = {name for module in self.modules for name in providers.candidates(module, {})}
        # What a request becomes before the model gets it.
        wanted |= {"numpy", "pandas"} if self.is_table else {"numpy"}
        return sorted(wanted & set(brought) - NAMES)


def named(package: Package) -> Named:
    """What a package names.

    Raises:
        StageError: It can't be read.
    """
    asked = canonical({"root": str(package.root.absolute()), "document": package.plain_document})
    command = [sys.executable, "-I", "-B", "-c", _START, str(runtime_folder())]
    done = processes.run(command, stdin=asked, env=processes.tool_environment())
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or [f"it ended with code {done.returncode}"]
        raise StageError(f"what {package.root} needs can't be read: {last[0]}")
    found = json.loads(done.stdout)
    inputs = package.model.schema("inputs") or [{}]
    return Named(found["modules"], found["mlflow"], any(one.get("type") != "tensor" for one in inputs))


def is_line(line: str) -> bool:
    """Whether a line of a requirements file asks for MLflow, in one of its sizes."""
    name = requirement_lines.line(line).name
    return name is not None and normalised(name) in NAMES


def at_version(lines: Iterable[str], version: str | None) -> list[str]:
    """The lines; where any MLflow will do, with the version that wrote the package, since a newer one may differ."""
    from packaging.requirements import InvalidRequirement, Requirement

    found = []
    for line in lines:
        try:
            any_will_do = is_line(line) and not Requirement(line).specifier and not Requirement(line).url
        except InvalidRequirement:
            any_will_do = False
        found.append(f"{line}=={version}" if any_will_do and version else line)
    return found


def unsaid(asked: str, setuptools: str, lines: Iterable[str]) -> list[str]:
    """What MLflow 1.x needs and does not say: ``pkg_resources``, which setuptools 81 has no more.

    Args:
        asked: How MLflow is asked for.
        setuptools: How the package asks for setuptools, to build with.
        lines: What is asked for already.
    """
    there = any(requirement_lines.line(one).name == "setuptools" for one in lines)
    if there or "==1." not in asked:
        return []
    return [f"{setuptools}<81" if setuptools == "setuptools" else setuptools]
