"""Installs mpk from the checkout that this file lies in, into an environment below RUNNER_TEMP.

Run by action.yml with whatever python3 the runner has; a second use of the action in one job finds the
environment there. Output: ``environment``, its folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)


def main() -> int:
    """Make the environment unless it is there, and name it; the exit code of pip when that fails."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:2]))
        wanted = ".".join(map(str, OLDEST))
        print(f"::error::mpk needs Python {wanted} or newer, python3 is {found}: run actions/setup-python first")
        return 3
    environment = Path(os.environ["RUNNER_TEMP"], "mpk-environment")
    ready = environment / ".complete"
    if not ready.exists() or ready.read_text(encoding="utf-8") != str(CHECKOUT):
        venv.create(environment, with_pip=True, clear=True)
        installed = subprocess.run(  # noqa: S603 - a list
            [environment / "bin/python", "-m", "pip", "install", "--quiet", "--no-input", CHECKOUT],
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
            check=False,
        )
        if installed.returncode:
            print("::error::mpk could not be installed: see the log of this step")
            return 3
        ready.write_text(str(CHECKOUT), encoding="utf-8")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"environment={environment}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
