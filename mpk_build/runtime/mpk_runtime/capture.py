"""Runs in the source environment: makes the model there, and watches what it needs to load and predict.

Separate processes, so that what only training imports is not taken for a need of the model:

- ``make`` imports the entrypoint, calls it where it is a factory, and saves what it gave; or takes over a file that a
library saved.
- ``observe`` loads the saved model in a fresh interpreter, predicts the input example and tells what that imported and
used.

A third, ``repeat``, predicts it again.

Each reads ``<folder>/<step>.json`` and writes ``<folder>/<step>.out.json``: ``{"ok": true, ...}`` or ``{"ok": false,
"failure": ...}`` as `mpk_runtime.failing` has it.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import platform
import sys
import traceback
from typing import Any, Callable, Dict, TypeVar

from mpk_runtime import failing, interpreter, loading, proving, taking_over
from mpk_runtime.flavors import saving
from mpk_runtime.fresh_source import import_fresh
from mpk_runtime.imported import ImportedModules
from mpk_runtime.opened import OpenedFiles
from mpk_runtime.parent import die_with_parent
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import type_hints
from mpk_runtime.signature.error import SignatureError
from mpk_runtime.touched import TouchedFiles

Document = Dict[str, Any]
_T = TypeVar("_T")
_REFUSALS = (RequestError, SignatureError, saving.AdoptionError)


class _PhaseError(Exception):
    """Something that the person's code raised, and while doing what."""

    def __init__(self, phase: str) -> None:
        super().__init__(phase)
        self.phase = phase


def main(step: str, folder: str) -> None:
    """Run one step; its report is a file, whatever happens."""
    die_with_parent()
    with open(os.path.join(folder, step + ".json"), encoding="utf-8") as file:
        given = json.load(file)
    installed = [os.path.join(prefix, "lib") for prefix in (sys.base_prefix, sys.base_exec_prefix, sys.prefix)]
    opened = OpenedFiles(given["watch"], [*given["unwatched"], *installed])
    import_fresh(given["import_roots"], given["unwatched"], opened.add)
    for path in reversed(given["import_roots"]):
        sys.path.insert(0, path)
    if given["carried"]:
        sys.path.append(given["carried"])
    watch = failing.Watch(given["import_roots"])
    try:
        with opened:
            result = {"ok": True, **_STEPS[step]({**given, "folder": folder})}
    except _PhaseError as phase:
        result = {"ok": False, "failure": _failure(phase, watch)}
    result["opened"] = opened.paths
    with open(os.path.join(folder, step + ".out.json"), "w", encoding="utf-8") as file:
        json.dump(result, file)


def make(given: Document) -> Document:
    """Save the model into ``given["model"]``: what ``given["entrypoint"]`` is, or makes, or the file ``given["path"]``.

    ``given["package"]`` is the document of the package at ``given["path"]``, which is taken over, or null.
    With a file ``given["flavor"]`` is the flavor of the library that saved it, or null where its name tells. The input
    example is read as well.
    """
    if given["package"] is not None:
        return _taken_over(given)
    made, hinted = _made(given)
    return taking(made, {**given, "hinted": hinted}, _attempt)


def taking(made: Document, given: Document, attempt: Callable[[str, Callable[[], Any]], Any]) -> Document:
    """What was saved, as what takes the input example; ``given`` and ``attempt`` are those of `proving.describe`.

    ``given["config"]``: the manifest's, or that of the caller.
    """
    attempt("read the config", lambda: saving.check_config(made["kind"], given["config"]))
    attempt("read the params", lambda: saving.check_params(made["kind"], given["params"]))
    described = proving.describe({**given, "fractions": made.get("fractions")}, attempt)
    if described["input"] == "image" and "python_model" not in made:
        attempt("read the input example", _refuse_image)
    if "python_model" not in made:
        return {**made, "described": described}
    python_model = {**made["python_model"], "input": described["input"]}
    listed = _listed(made, described, given)
    return {**made, "python_model": python_model, "described": described, **({"listed": listed} if listed else {})}


def _listed(made: Document, described: Document, given: Document) -> Document | None:
    """The same for a model that gets along with lists, where the example's numbers are an array for want of knowing."""
    if _kind(described) != "array" or described["from_type_hint"] or (given.get("declared") or {}).get("inputs"):
        return None
    try:
        listed = proving.describe({**given, "listed": True}, lambda _phase, action: action())
    except (RequestError, ValueError):
        return None
    if _kind(listed) != "list":
        return None
    return {"described": listed, "python_model": {**made["python_model"], "input": listed["input"]}}


def _kind(described: Document) -> str | None:
    return None if described["example"] is None else str(described["example"]["kind"])


def _taken_over(given: Document) -> Document:
    root, document = given["path"], given["package"]
    made = _attempt("adopt", lambda: taking_over.take(root, document, given["model"]))
    own = _attempt("read the input example", lambda: taking_over.described(root, document, given))
    return {**made, "described": proving.describe({**given, **own, "hinted": None}, _attempt)}


def _refuse_image() -> None:
    raise ValueError("it is an image, which only a custom model is given as one; expected {path: FILE, as: array}")


def _made(given: Document) -> tuple[Document, Any]:
    """What saving the model gave, and the schemas that a custom model's type hints are."""
    if given["path"] is not None:
        return _attempt("adopt", lambda: saving.adopt(given["path"], given["flavor"], given["model"])), None
    module_name, _, attribute = given["entrypoint"].partition(":")
    called = attribute.endswith("()")
    attribute = attribute[:-2] if called else attribute
    model: Any = _attempt("import", lambda: importlib.import_module(module_name))
    for name in attribute.split("."):
        model = _attempt("find", functools.partial(getattr, model, name))
    if called:
        model = _attempt("call", model)
    made = _attempt("save", lambda: saving.save(model, "" if called else given["entrypoint"], given["model"]))
    return made, hints_of(model, made)


def hints_of(model: Any, made: Document) -> Any:
    """The schemas that a custom model's type hints are; None of any other model."""
    return type_hints.schemas_of(model) if "python_model" in made else None


def observe(given: Document) -> Document:
    """Load the model at ``given["model"]``, predict the example, tell what this imported and used."""
    mirrors = given.get("mirrors", {})
    sys.path[:] = [mirrors.get(path, path) for path in sys.path]
    site = [path for path in sys.path if path not in (*given["import_roots"], given["carried"])]
    imports = ImportedModules(os.path.join(given["folder"], "children"))
    touched = TouchedFiles([path for path in site if os.path.basename(path) in ("site-packages", "dist-packages")])
    imports.watch("loading")
    touched.watch("loading")
    loaded = _attempt("load", lambda: loading.load(given["model"], given["document"]))
    imports.end_phase("predicting")
    touched.end_phase("predicting")
    result = proving.predict(loaded, given, _attempt)
    imports.end_phase("")
    touched.end_phase("")
    return {
        **result,
        "modules": imports.modules(),
        "asked": imports.asked,
        "touched": touched.records(),
        "references": sorted(touched.references),
        "code": sorted(touched.code),
        "python": platform.python_version(),
        "markers": interpreter.marker_environment(),
        "stdlib": interpreter.standard_folders(),
        "standard": interpreter.standard_modules(),
        "site": site,
    }


def repeat(given: Document) -> Document:
    """Load the model and predict the example in a process of its own, whose hashes of texts are others."""
    loaded = _attempt("load", lambda: loading.load(given["model"], given["document"]))
    return proving.predict_again(loaded, given, _attempt)


def _attempt(phase: str, action: Callable[[], _T]) -> _T:
    try:
        return action()
    except (Exception, SystemExit) as error:
        raise _PhaseError(phase) from error


def _failure(phase: _PhaseError, watch: failing.Watch) -> Document:
    error = phase.__cause__ or phase
    failure = watch.of(error, phase.phase)
    # Where nobody's code ran, the message is all that there is to say.
    read = phase.phase in ("import", "find") or phase.phase.startswith("read the ")
    if not isinstance(error, _REFUSALS) and not (read and not failure["frames"]):
        traceback.print_exception(type(error), error, error.__traceback__)
    return failure


_STEPS: dict[str, Callable[[Document], Document]] = {"make": make, "observe": observe, "repeat": repeat}
