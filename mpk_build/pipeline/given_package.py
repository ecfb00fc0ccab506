"""A package that somebody has, of mpk or of MLflow, validated as it is: no build, and nothing of it changes."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import lockfile, packaged
from mpk_build.environment.conda import locked
from mpk_build.environment.diagnosis.phrases import quoted
from mpk_build.environment.foreign import declared, of_package
from mpk_build.environment.installing import Wanted
from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.resolving import Request
from mpk_build.environment.sandbox.ladder import Ladder, Wish
from mpk_build.foundation.documents import canonical
from mpk_build.foundation.errors import MpkError
from mpk_build.manifest.schema import Validate
from mpk_build.package.uris import addresses
from mpk_build.pipeline.overriding import Overrides, Trial, tried
from mpk_build.pipeline.trials import BY_SIGNATURE, Subject, Trials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.environment.foreign.of_package import Environment
    from mpk_build.package.reading import Package
    from mpk_build.store.store import Store

_JSON = "application/json"
_VALIDATE = "mpk validate "
# Of a manifest, in what a diagnosis says to type.
_FIELDS = ("validate: {", "model: {", "requirements: {", "input_example", "targets: {")


def validate(package: Package, model: str, store: Store, overrides: Overrides) -> Trial:
    """Load a package in an environment of its own, shut in, and ask its input example, or another input.

    It holds no predictions to compare with: they are held to the outputs of its signature, and with other requirements
    compared with those of the package as it is. Without any, the package as it is takes both places.

    ``model``: what a person calls it.

    Raises:
        MachineError: This machine does not have its Python, or no index could be reached.
        StageError: There is no such environment.
        UsageError: What it declares, or the input, can't be read.
    """
    try:
        with _opened(package, model, store) as opened:
            trial = _tried(opened, overrides)
    except MpkError as error:
        _speak_of(error, model)
        raise
    for run in {id(one): one for one in (trial.unmodified, trial.overridden)}.values():
        if run.error is not None:
            _speak_of(run.error, model)
    return trial


def _tried(opened: Trials, overrides: Overrides) -> Trial:
    if overrides.requirements:
        return tried(opened, overrides)
    question = opened.example if overrides.file is None else opened.question(overrides.file)
    run = opened.run(opened.before, question, "unmodified")
    return Trial([], run, run, ())


def _speak_of(error: MpkError, model: str) -> None:
    """Let the command that an error ends with be one for this package, which has no manifest."""
    hint, named = error.hint or "", quoted(model) if " " in model else model
    if hint.startswith(_VALIDATE):
        error.hint = f"{_VALIDATE}{named} {hint.removeprefix(_VALIDATE).removesuffix(' --write')}"
        if error.fix and addresses.scheme_of(model) is None:
            asked = " ".join(quoted(edit.requirement) for edit in error.fix)
            error.hint += f"; to keep it: mpk requirements add {named} {asked}"
    elif any(field in hint for field in _FIELDS):
        error.hint = f"mpk build with a manifest of it, model: {{path: {model}}}, where you can say: {hint}"


@contextmanager
def _opened(package: Package, model: str, store: Store) -> Iterator[Trials]:
    caches = store.folder("caches")
    environment = of_package.environment(package, caches)
    with store.work_folder("validate") as work:
        texts = {
            "document": canonical(package.plain_document),
            "requests": canonical(_requests(package, model)),
            "lock": environment.lock.encode(),
        }
        for name, text in texts.items():
            (work / name).write_bytes(text)
        root = package.root.resolve()
        interpreters = Interpreters(caches / "interpreters.json")
        yield Trials(
            Subject(
                inputs={"package": str(root), **{name: str(work / name) for name in texts}},
                wheels=root / lockfile.WHEELS,
                request=_request(package, environment),
                interpreter=environment.interpreter,
                sandbox=Ladder(Wish(), interpreters.inspect(Path(sys.executable)), caches / "sandbox.json"),
                caches=caches,
                wanted=Wanted("conda" if locked.origin_of(environment.lock) else "uv", root.name),
                timeout_s=Validate().timeout,
                log=store.folder("logs") / f"{root.name}-validate.log",
            ),
            work,
        )


def _request(package: Package, environment: Environment) -> Request:
    if package.has_lock:
        return packaged.request_of(package, lockfile.parse(environment.lock, packaged.LOCK))
    said = declared.read(package)
    return Request(
        requirements=environment.requirements or (),
        python=environment.interpreter.minor,
        constraints=tuple(said.constraints),
        wheels=tuple(said.wheels),
    )


def _requests(package: Package, model: str) -> dict[str, Any]:
    """What the package is asked first, as `mpk_build.package.replay` writes it."""
    serving = package.root / "serving_input_example.json"
    body = serving.read_text(encoding="utf-8") if serving.is_file() else None
    return {
        "requests": [] if body is None else [{"content_type": _JSON, "body": body}],
        "stored": body is None and bool(package.model.saved_input_example_info),
        "malformed": [],
        "expected": None,
        "expected_of": "the outputs of its signature say",
        "hint": f"mpk inspect {model} shows its signature, mpk predict {model} what it predicts",
        "tolerance": Validate().tolerance,
        "compare": BY_SIGNATURE,
        "because": "a package keeps no predictions",
        "not_over_http": None,
    }
