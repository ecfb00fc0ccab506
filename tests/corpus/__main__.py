"""``python -m tests.corpus try|infer [PROJECT...]``: tries the truths, or what mpk infers beside them."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from .inferring import infer
from .projects import Project, load_projects
from .tables import markdown
from .trial import faults

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")


def main() -> int:
    """Do what the arguments ask for; the exit code is 1 where a truth is none, or mpk finds another."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description="The corpus of inference.")
    parser.add_argument("what", choices=["try", "infer"])
    parser.add_argument("project", nargs="*", help="only these")
    asked = parser.parse_args()
    projects = load_projects(tuple(asked.project))
    started = time.perf_counter()
    if asked.what == "try":
        wrong = _of_each(projects, faults)
        text = "".join(f"{name}: {'; '.join(sentences) or 'true'}\n" for name, sentences in wrong.items())
        bad = any(wrong.values())
    else:
        counts = list(_of_each(projects, infer).values())
        text = markdown({"mpk": counts})
        bad = any(one.missed or one.surplus or one.redundant or one.error for one in counts)
    sys.stdout.write(f"{text}{len(projects)} projects, {time.perf_counter() - started:.0f} s\n")
    return int(bad)


def _of_each(projects: list[Project], do: Callable[[Project, Path], _T]) -> dict[str, _T]:
    with tempfile.TemporaryDirectory(prefix="mpk-corpus-") as folder, ThreadPoolExecutor(os.cpu_count()) as threads:
        done = threads.map(lambda project: do(project, Path(folder, project.name)), projects)
        return dict(zip((one.name for one in projects), done, strict=True))


if __name__ == "__main__":
    sys.exit(main())
