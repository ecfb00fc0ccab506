"""One package, loaded and asked in environments of one's choice: nothing of the project, package or lock changes."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import installing, locating, lockfile
from mpk_build.environment.conda import locked
from mpk_build.environment.sandbox.confinement import OUTPUTS
from mpk_build.foundation.documents import canonical, read_json
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.foundation.resources import data_folder
from mpk_build.package.patterns import pattern_of
from mpk_build.pipeline import places
from mpk_build.pipeline.diagnosing import error_of
from mpk_build.pipeline.execution import run_script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.environment.lockfile import Lock
    from mpk_build.foundation.errors import MpkError
    from mpk_build.pipeline.building import Build

_INPUTS = {
    "package": ("package", "model"),
    "document": ("package", "document"),
    "requests": ("package", "requests"),
    "lock": ("infer-env", "lock"),
    "capture": ("infer-env", "capture"),
    "providers": ("infer-env", "providers"),
    "imported": ("infer-env", "imported"),
    "wheels": ("infer-env", "wheels"),
}
_MEDIA = {".json": "application/json", ".csv": "text/csv"}


@dataclass(frozen=True)
class Run:
    """What became of a package in one environment.

    Attributes:
        facts: What the validation reported: ``load_s``, ``predict_s``, ``differences``.
        predictions: What it predicted, or None where it did not come to that.
        error: Why it did not load or predict as expected, or None.
        form: That of the predictions, of `mpk_runtime.forms`.
    """

    facts: dict[str, Any]
    predictions: Any
    error: MpkError | None
    form: dict[str, Any] | None = None


@dataclass(frozen=True)
class Question:
    """What the package is asked.

    Attributes:
        requests: As the package stage writes them.
        compare: How its predictions are compared where there are some to compare with.
    """

    requests: dict[str, Any]
    compare: str

    def expecting(self, run: Run, of: str) -> Question:
        """The same, compared with what was predicted elsewhere; ``of`` says where."""
        expected = {"predictions": run.predictions, "form": run.form, "pattern": pattern_of([run.predictions])}
        changed = {"expected": expected, "expected_of": of, "compare": self.compare}
        return Question({**self.requests, **changed}, self.compare)


class Trials:
    """A package that is tried in several environments; see `opened`."""

    def __init__(self, build: Build, work: Path) -> None:
        self.build = build
        self._work = work
        self._inputs = {name: self._take(name) for name in _INPUTS}
        self.wheels = Path(self._inputs.pop("wheels"))
        self.before: Lock = lockfile.parse(Path(self._inputs["lock"]).read_text(), "the lock")
        self.requirements: list[str] = read_json(Path(self._inputs.pop("capture")))["requirements"]
        self._imported = tuple(read_json(Path(self._inputs.pop("imported"))))
        self.log = build.store.folder("logs") / f"{build.project.manifest.name}-override.log"

    def _take(self, name: str) -> str:
        stage, output = _INPUTS[name]
        target = self._work / "in" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        self.build.store.take(self.build.outputs[stage][output], target)
        return str(target)

    @property
    def example(self) -> Question:
        """The input example, and what the source environment predicted."""
        requests = read_json(Path(self._inputs["requests"]))
        return Question(requests, requests["compare"])

    def question(self, file: Path) -> Question:
        """Another input; it is compared with nothing.

        Raises:
            UsageError: It is no JSON or CSV file.
        """
        if not file.is_file():
            raise UsageError(f"there is no input {file}", hint="mpk validate -i FILE")
        media = _MEDIA.get(file.suffix.lower())
        if media is None:
            raise UsageError(f"the input {file} is a {file.suffix or 'file without a suffix'}; expected .json or .csv")
        try:
            body = file.read_text(encoding="utf-8-sig")
            if media == _MEDIA[".json"]:
                json.loads(body)
        except ValueError as error:
            raise UsageError(f"the input {file} can't be read: {error}") from None
        asked = {"requests": [{"content_type": media, "body": body}], "asked": f"the input {file}", "compare": "off"}
        return Question({**self.example.requests, **asked}, self.example.compare)

    def run(self, lock: Lock, question: Question, name: str) -> Run:
        """Load and predict in the environment that a lock says.

        Raises:
            StageError: There is no such environment.
        """
        machine, folder = self.build.machine, self._work / name
        located = locating.located(locked.carried(self.before.text, lock.text), self.wheels, machine.caches)
        python = installing.ensure_environment(
            located, machine.interpreter, machine.caches / "environments", machine.wanted(self._imported)
        )
        folder.mkdir()
        (folder / "lock").write_text(lock.text)
        (folder / "requests").write_bytes(canonical(question.requests))
        inputs = {**self._inputs, "lock": str(folder / "lock"), "requests": str(folder / "requests")}
        script = data_folder("stages") / "validate.py"
        document = {
            "stage": "validate",
            "script": str(script),
            "inputs": inputs,
            "params": {},
            "outputs": {one: str(folder / OUTPUTS / f"{one}.json") for one in ("report", "libraries")},
            "cache": str(machine.caches),
            "timeout_s": self.build.project.manifest.validation.timeout,
            "watch": [],
            "unwatched": [],
        }
        self.log.unlink(missing_ok=True)
        result: dict[str, Any] = {"facts": {}}
        error: MpkError | None
        try:
            place = places.isolated(python, machine, folder, [script, self._work / "in"])
            result = run_script(place, document, folder, self.log)
            error = error_of(result, self.build.project, inputs)
        except StageError as raised:
            error = raised
        found = _reported(folder / OUTPUTS / "report.json")
        return Run(result["facts"], found["predictions"], error, found["form"])


def _reported(report: Path) -> dict[str, Any]:
    # The model's code runs in the process that writes it, and a link would lead out of its folder.
    with suppress(OSError, ValueError):
        found = None if report.is_symlink() else read_json(report)
        if isinstance(found, dict) and {"predictions", "form"} <= found.keys():
            return found
    return {"predictions": None, "form": None}


@contextmanager
def opened(build: Build) -> Iterator[Trials]:
    """Trials of the package of a build that has run as far as ``package``."""
    with build.store.work_folder("override") as work:
        yield Trials(build, work)
