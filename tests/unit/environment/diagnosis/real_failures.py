"""Real failures: code that is run by a real interpreter, with real packages, as a model's process runs it."""

from __future__ import annotations

import json
import subprocess
import textwrap
from typing import TYPE_CHECKING, Any

from support import PROJECT, find_python

from mpk_build.environment import installing, locating, resolving
from mpk_build.environment.diagnosis import catalogue
from mpk_build.environment.diagnosis.failure import Context, Failure
from mpk_build.environment.interpreters import Interpreters
from mpk_build.store.location import default_root

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mpk_build.environment.lockfile import Lock
    from mpk_build.foundation.errors import StageError

_RUN = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
sys.path.insert(0, os.getcwd())
from mpk_runtime import failing
from mpk_runtime.stage import StageError
watch = failing.Watch([os.getcwd()])
try:
    with watch.told("load"):
        import model
    with watch.told("predict"):
        model.predict([1])
except StageError as error:
    print(json.dumps(error.failure))
else:
    print(json.dumps(watch.without_exception("compare", "Differences", "it predicts something else")))
"""


def lock_of(*requirements: str, python: str = "3.11", override: tuple[str, ...] = ()) -> Lock:
    return resolving.resolve(resolving.Request(requirements, python, overrides=override))


def environment(lock: Lock, python: str = "3.11") -> Path:
    """The Python of a real environment that holds what a lock says."""
    found = find_python(python)
    assert found is not None
    caches = default_root() / "caches"
    interpreter = Interpreters(caches / "interpreters.json").inspect(found)
    text = locating.located(lock.text, caches / "no-wheels", caches)
    return installing.ensure_environment(text, interpreter, caches / "environments")


def failure_of(
    python: Path, folder: Path, code: str, before: Sequence[str | Path] = (), options: Sequence[str] = ()
) -> dict[str, Any]:
    """What ``model.py`` in ``folder``, with this code, raises; ``before`` and ``options`` stand around the Python."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.py").write_text(textwrap.dedent(code))
    done = subprocess.run(
        [*before, python, *options, "-I", "-B", "-c", _RUN, PROJECT / "mpk_build/runtime"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def diagnosed(document: dict[str, Any], **context: Any) -> StageError:
    """What the catalogue says of it."""
    whole = {"where": "package", "python": document["python"], **context}
    found = catalogue.error_for(Failure.from_document(document), Context(**whole))
    assert found is not None
    return found


def told(error: StageError) -> tuple[str | None, str, tuple[str, ...], str | None, list[str]]:
    """All of an error: name, cause, evidence, command, edits."""
    fix = [f"{edit.field}: {edit.requirement}" for edit in error.fix]
    return error.diagnosis, error.message, error.evidence, error.hint, fix
