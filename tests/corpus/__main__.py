"""``python -m tests.corpus``: tries the truth of every project, or of those that are named."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .projects import Project, load_projects
from .trial import faults


def main() -> int:
    """Try them; the exit code is 1 where a truth is none."""
    parser = argparse.ArgumentParser(prog="python -m tests.corpus", description="Try the truths of the corpus.")
    parser.add_argument("project", nargs="*", help="only these")
    projects = load_projects(tuple(parser.parse_args().project))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="mpk-corpus-") as folder, ThreadPoolExecutor(os.cpu_count()) as threads:

        def tried(project: Project) -> list[str]:
            return faults(project, Path(folder, project.name))

        wrong = dict(zip((one.name for one in projects), threads.map(tried, projects), strict=True))
    for name, sentences in wrong.items():
        sys.stdout.write(f"{name}: {'; '.join(sentences) or 'true'}\n")
    sys.stdout.write(f"{len(projects)} projects, {time.perf_counter() - started:.0f} s\n")
    return 1 if any(wrong.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
