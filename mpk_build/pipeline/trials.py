"""One package, loaded and asked in environments of one's choice: nothing of the project, package or lock changes."""

from __future__ import annotations

import json
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import installing, locating, lockfile
from mpk_build.environment.conda import locked
from mpk_build.environment.resolving import Request
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

    from mpk_build.environment.installing import Wanted
    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.lockfile import Lock
    from mpk_build.environment.sandbox.ladder import Ladder
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
# Instead of what a manifest may say: hold the predictions to the outputs of the package's signature.
BY_SIGNATURE = "signature"
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

    @property
    def by_signature(self) -> bool:
        """Whether nothing is known of the predictions but the outputs of the signature."""
        return bool(self.requests["compare"] == BY_SIGNATURE)

    def expecting(self, run: Run, of: str) -> Question:
        """The same, compared with what was predicted elsewhere; ``of`` says where."""
        expected = {"predictions": run.predictions, "form": run.form, "pattern": pattern_of([run.predictions])}
        changed = {"expected": expected, "expected_of": of, "compare": self.compare}
        return Question({**self.requests, **changed}, self.compare)


@dataclass(frozen=True)
class Subject:
    """What is tried, and with what of this machine.

    Attributes:
        inputs: Those of the stage ``validate``: ``package``, ``document``, ``requests``, ``lock`` and perhaps
            ``providers``.
        wheels: The wheels that the lock may name.
        request: What the lock was resolved from, without what it took from another.
        interpreter: The Python of the model.
        sandbox: How far it is shut in.
        caches: The folder that keeps environments.
        wanted: How they are made.
        timeout_s: After which time a validation is ended.
        log: The file that gets what it prints.
        root: The project's folder, if there is one.
        entrypoint: The manifest's, if there is one.
    """

    inputs: dict[str, str]
    wheels: Path
    request: Request
    interpreter: Interpreter
    sandbox: Ladder
    caches: Path
    wanted: Wanted
    timeout_s: float
    log: Path
    root: Path | None = None
    entrypoint: str = ""


class Trials:
    """A package that is tried in several environments; see `opened`.

    Attributes:
        subject: What is tried.
        before: Its lock.
    """

    def __init__(self, subject: Subject, work: Path) -> None:
        self.subject = subject
        self._work = work
        self.before: Lock = lockfile.parse(Path(subject.inputs["lock"]).read_text(), "the lock")

    @property
    def example(self) -> Question:
        """The input example, and what is expected of it."""
        requests = read_json(Path(self.subject.inputs["requests"]))
        has_expected = requests["compare"] != BY_SIGNATURE
        return Question(requests, requests["compare"] if has_expected else "values")

    def question(self, file: Path) -> Question:
        """Another input; it is compared with nothing but perhaps the signature.

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
        example = self.example
        compare = BY_SIGNATURE if example.by_signature else "off"
        asked = {"requests": [{"content_type": media, "body": body}], "asked": f"the input {file}", "compare": compare}
        return Question({**example.requests, **asked}, example.compare)

    def run(self, lock: Lock, question: Question, name: str) -> Run:
        """Load and predict in the environment that a lock says.

        Raises:
            StageError: There is no such environment.
        """
        subject, folder = self.subject, self._work / name
        located = locating.located(locked.carried(self.before.text, lock.text), subject.wheels, subject.caches)
        python = installing.ensure_environment(
            located, subject.interpreter, subject.caches / "environments", subject.wanted
        )
        folder.mkdir()
        (folder / "lock").write_text(lock.text)
        (folder / "requests").write_bytes(canonical(question.requests))
        inputs = {**subject.inputs, "lock": str(folder / "lock"), "requests": str(folder / "requests")}
        script = data_folder("stages") / "validate.py"
        document = {
            "stage": "validate",
            "script": str(script),
            "inputs": inputs,
            "params": {},
            "outputs": {one: str(folder / OUTPUTS / f"{one}.json") for one in ("report", "libraries")},
            "cache": str(subject.caches),
            "timeout_s": subject.timeout_s,
            "watch": [],
            "unwatched": [],
        }
        subject.log.unlink(missing_ok=True)
        result: dict[str, Any] = {"facts": {}}
        error: MpkError | None
        try:
            given = [script, *map(Path, subject.inputs.values())]
            place = places.isolated(python, subject.interpreter, subject.sandbox, folder, given)
            result = run_script(place, document, folder, subject.log)
            error = error_of(result, inputs, subject.root, subject.entrypoint)
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
        yield Trials(_subject(build, work), work)


def _subject(build: Build, work: Path) -> Subject:
    def take(name: str) -> str:
        stage, output = _INPUTS[name]
        target = work / "in" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        build.store.take(build.outputs[stage][output], target)
        return str(target)

    inputs = {name: take(name) for name in _INPUTS}
    wheels = Path(inputs.pop("wheels"))
    imported = tuple(read_json(Path(inputs.pop("imported"))))
    manifest, machine = build.project.manifest, build.machine
    said = manifest.requirements
    bounds = Path(build.project.root, said.constraints).read_text(errors="replace") if said.constraints else ""
    request = Request(
        requirements=tuple(read_json(Path(inputs.pop("capture")))["requirements"]),
        python=machine.interpreter.minor,
        overrides=tuple(said.override),
        constraints=tuple(bounds.splitlines()),
        exclude_newer=said.exclude_newer,
    )
    return Subject(
        inputs=inputs,
        wheels=wheels,
        request=request,
        interpreter=machine.interpreter,
        sandbox=machine.sandbox,
        caches=machine.caches,
        wanted=machine.wanted(imported),
        timeout_s=manifest.validation.timeout,
        log=build.store.folder("logs") / f"{manifest.name}-override.log",
        root=build.project.root,
        entrypoint=manifest.model.entrypoint or "",
    )
