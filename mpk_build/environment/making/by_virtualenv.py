"""Environments made by virtualenv, packages installed by pip, each with its hash.

Pip is not installed in them: it runs from its wheel, so that they hold what the lock says and no more.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment.making import requirements_file
from mpk_build.foundation import processes
from mpk_build.foundation.errors import MachineError, StageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mpk_build.environment.interpreters import Interpreter

CLEAN = "pip cache purge"

_NETWORK = (
    "connection error: ",
    "Failed to establish a new connection",
    "Max retries exceeded",
    "Name or service not known",
    "Read timed out",
)
_ALWAYS = ("--disable-pip-version-check", "--no-input", "--no-color")
_BUNDLED = "import ensurepip, pathlib; print(*pathlib.Path(ensurepip.__file__).parent.glob('_bundled/pip-*.whl'))"


def create(folder: Path, interpreter: Interpreter, lock: str) -> None:  # noqa: ARG001
    """See `Maker`."""
    options = ["--quiet", "--no-seed", "--no-periodic-update", "--no-vcs-ignore"]
    finished = processes.run(
        [sys.executable, "-m", "virtualenv", *options, "--python", interpreter.python, str(folder)],
        env=processes.tool_environment(),
    )
    if finished.returncode:
        raise MachineError(
            f"virtualenv can't make an environment with {interpreter.python}: {_last(finished.stderr)}",
            hint="validate: {manager: uv}",
        )


def install(lock: str, folder: Path, interpreter: Interpreter, *, fresh: bool) -> None:
    """See `Maker`."""
    python = folder / "bin" / "python"
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "requirements.txt"
        file.write_text(requirements_file.of_lock(lock))
        options = ["--require-hashes", "--no-deps", "--no-compile", *(["--no-cache-dir"] if fresh else [])]
        finished = processes.run(
            [str(python), "-I", "-B", f"{_pip(interpreter)}/pip", "install", *_ALWAYS, *options, "-r", str(file)],
            env=processes.tool_environment(**index_variables(os.environ)),
        )
    if finished.returncode == 0:
        return
    if any(sign in finished.stdout + finished.stderr for sign in _NETWORK):
        raise MachineError(
            f"an index could not be reached: {_last(finished.stderr)}",
            hint="check the network and the index (PIP_INDEX_URL, pip.conf), then run the same command again",
        )
    raise StageError(f"pip can't install the lock: {_last(finished.stderr)}")


def index_variables(environment: Mapping[str, str]) -> dict[str, str]:
    """Pip's variables for the indexes that uv's variables name, where pip's own are not set."""
    said = {
        "PIP_INDEX_URL": [environment.get("UV_DEFAULT_INDEX") or environment.get("UV_INDEX_URL", "")],
        "PIP_EXTRA_INDEX_URL": f"{environment.get('UV_INDEX', '')} {environment.get('UV_EXTRA_INDEX_URL', '')}".split(),
        "PIP_FIND_LINKS": environment.get("UV_FIND_LINKS", "").replace(",", " ").split(),
        "PIP_NO_INDEX": [environment.get("UV_NO_INDEX", "")],
    }
    # An index may have a name in front: NAME=URL.
    urls = {name: " ".join(re.sub(r"^[\w-]+=", "", one) for one in ones) for name, ones in said.items()}
    return {name: value for name, value in urls.items() if value and name not in environment}


def _pip(interpreter: Interpreter) -> Path:
    from virtualenv.seed.wheels.embed import get_embed_wheel

    embedded = get_embed_wheel("pip", interpreter.minor)
    if embedded is not None:
        return Path(embedded.path)
    # Virtualenv no longer brings a pip for the oldest versions; the interpreter does.
    found = processes.run([interpreter.python, "-I", "-c", _BUNDLED]).stdout.split()
    if not found:
        raise MachineError(
            f"there is no pip for {interpreter.python}: neither virtualenv nor the interpreter brings one",
            hint="validate: {manager: uv}",
        )
    return Path(found[0])


def _last(stderr: str) -> str:
    lines = [line.removeprefix("ERROR: ").strip() for line in stderr.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ").strip() for line in stderr.splitlines() if line.startswith("ERROR: ")]
    return " ".join(errors or lines[-1:]) or "it did not say why"
