"""The packaged model in its own environment, on this machine."""

from __future__ import annotations

import json
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import installing, locating, lockfile
from mpk_build.environment.conda import locked
from mpk_build.environment.foreign import of_package
from mpk_build.foundation import processes
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from mpk_build.package.reading import Package

_LOG_CHARACTERS = 2000
_START = "import sys; sys.path.insert(0, sys.argv[1]); from mpk_runtime import predicting; predicting.main(sys.argv[2])"


def model_python(package: Package, caches: Path) -> Path:
    """The Python of the environment that a package's lock says, or what it declares where it has none; made once.

    Raises:
        MachineError: This machine does not have the package's Python.
        StageError: A package can't be installed, or what it declares has no solution.
        UsageError: What it declares can't be read.
    """
    environment = of_package.environment(package, caches)
    interpreter = environment.interpreter
    lock = locating.located(environment.lock, package.root / lockfile.WHEELS, caches)
    manager = "conda" if locked.origin_of(lock) else "uv"
    wanted = installing.Wanted(manager, package.root.absolute().name)
    return installing.ensure_environment(lock, interpreter, caches / "environments", wanted)


def predict(package: Package, body: bytes | None, *, suffix: str = ".json", caches: Path) -> str:
    """The JSON document ``{"predictions": ...}`` for the bytes of a file; for None of the input example.

    ``suffix``: which kind of file, of those that an input example may be.

    Raises:
        UsageError: The input is not what the model takes.
        StageError: The model failed.
    """
    python = model_python(package, caches)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        if body is not None:
            (work / f"body{suffix}").write_bytes(body)
        request = {"root": str(package.root.absolute()), "document": package.plain_document, "suffix": suffix}
        # A config of another hand may hold what is no number to JSON, and is one to Python.
        (work / "request.json").write_text(json.dumps(request), "utf-8")
        finished = processes.run(
            [str(python), "-I", "-B", "-c", _START, str(runtime_folder()), folder],
            cwd=work,
            env=processes.model_environment(HOME=folder),
        )
        answer = work / "answer.json"
        if not answer.is_file():
            last = finished.stderr.strip().splitlines()[-1:] or [f"it ended with code {finished.returncode}"]
            raise StageError(f"the model failed: {last[0]}", hint="mpk validate")
        status, text = json.loads(answer.read_bytes())
    if status != HTTPStatus.OK:
        message = json.loads(text)["message"]
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise UsageError(message)
        raise StageError(message, hint=finished.stderr.strip()[-_LOG_CHARACTERS:] or None)
    return str(text)
