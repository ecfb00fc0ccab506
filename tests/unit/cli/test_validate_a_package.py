"""``mpk validate MODEL``: a package as it is, without a manifest."""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from support import run_mpk
from tiny import write_tiny

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

HELD = "model keeps no predictions: what it predicts is held to the outputs of its signature (types and columns)\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = write_tiny(tmp_path_factory.mktemp("tiny"))
    done = run_mpk("build", "--until", "package", cwd=project)
    assert done.returncode == 0, done.stderr
    return project / "dist" / "model"


@pytest.fixture
def package(built: Path, tmp_path: Path) -> Path:
    return shutil.copytree(built, tmp_path / "model")


def validate(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_mpk("validate", package.name, *arguments, cwd=package.parent)


def told(done: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return done.returncode, re.sub(r"\d+\.\d+ s", "N s", done.stdout), done.stderr


def rewritten(package: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    file = package / "MLmodel"
    document = yaml.safe_load(file.read_text())
    change(document)
    file.write_text(yaml.safe_dump(document))
    return package


def test_its_example_is_replayed_and_held_to_its_signature(package: Path) -> None:
    before = {file: file.read_bytes() for file in package.rglob("*") if file.is_file()}
    assert told(validate(package)) == (
        0,
        f"{HELD}\n               unmodified\n  loads in     N s\n  predicts in  N s\n  predictions  as its signature says\n",
        "",
    )
    assert {file: file.read_bytes() for file in package.rglob("*") if file.is_file()} == before


def test_another_input_as_json(package: Path) -> None:
    (package.parent / "asked.json").write_text("[41]")
    done = validate(package, "-i", "asked.json", "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], found["input"], found["predictions"]) == (0, True, "asked.json", [42])
    assert found["facts"]["compare"] == {"by": "signature", "because": "a package keeps no predictions"}
    assert "sandbox" in found["facts"]


def test_it_predicts_something_else_than_its_signature_says(package: Path) -> None:
    outputs = '[{"type": "string", "required": true}]'
    done = validate(rewritten(package, lambda document: document["signature"].update(outputs=outputs)))
    assert told(done) == (
        1,
        f"{HELD}\n               unmodified\n  loads in     N s\n  predicts in  N s\n  predictions  1 differs\n",
        "error: the package predicts something else than the outputs of its signature say: Value 0: the integer 2, where"
        " a string is expected.\n"
        " hint: mpk inspect model shows its signature, mpk predict model what it predicts\n",
    )


def test_what_nothing_is_known_of_is_not_said_to_be_held_to_anything(package: Path) -> None:
    done = validate(rewritten(package, lambda document: document["signature"].pop("outputs")))
    assert told(done) == (
        0,
        "model keeps no predictions: what it predicts is compared with nothing\n\n"
        "               unmodified\n  loads in     N s\n  predicts in  N s\n  predictions  made\n",
        "",
    )


def test_without_an_example_it_is_loaded_and_that_is_said(package: Path) -> None:
    for name in ("serving_input_example.json", "input_example.json"):
        (package / name).unlink()
    done = validate(rewritten(package, lambda document: document.pop("saved_input_example_info")))
    assert told(done) == (
        0,
        "model has no input example: it was loaded and no more; -i FILE asks it something\n\n"
        "               unmodified\n  loads in     N s\n  predicts in  -\n  predictions  none: nothing was asked\n",
        "",
    )


def test_a_failure_is_diagnosed_with_commands_for_the_package(package: Path) -> None:
    (package / "code" / "model.py").write_text("import inflection\n\n\ndef predict(values):\n    return values\n")
    done = validate(package)
    assert (done.returncode, done.stderr.splitlines()[0], done.stderr.splitlines()[-1]) == (
        1,
        "error: the package needs the module 'inflection' while it loaded, and its environment does not have it",
        " hint: mpk validate model --override 'inflection'; to keep it: mpk requirements add model 'inflection'",
    )


def test_other_requirements_beside_it(package: Path) -> None:
    (package / "code" / "model.py").write_text("import inflection\n\n\ndef predict(values):\n    return values\n")
    done = validate(package, "--override", "inflection==0.5.1")
    assert told(done) == (
        0,
        f"with inflection==0.5.1:\n  + inflection 0.5.1\n{HELD}\n"
        "               unmodified            overridden\n"
        "  loads in     -                     N s\n"
        "  predicts in  -                     N s\n"
        "  predictions  none: missing-module  as its signature says\n\n"
        "nothing was changed\n",
        "",
    )


class Runs:
    """Runs a command where it is unpickled."""

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """As `pickle` has it."""
        return os.system, ("true",)


def test_pickles_are_judged_before_it_is_loaded(package: Path) -> None:
    (package / "model.pkl").write_bytes(pickle.dumps(Runs()))
    done = validate(package)
    lines = done.stderr.splitlines()
    assert (done.returncode, done.stdout, lines[0], lines[-1]) == (
        1,
        "",
        "error: model is not loaded, since unpickling it may run what no model needs:",
        " hint: mpk inspect model; if you know who made it: mpk validate model --trust-pickles",
    )
    assert validate(package, "--trust-pickles").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("model", "--fix"),
            "error: --fix is for the package of a manifest, and model has none\n"
            " hint: mpk requirements add model REQ changes what the package itself requires\n",
        ),
        (
            ("model", "--override", "six", "--write"),
            "error: --write is for the package of a manifest, and model has none\n"
            " hint: mpk requirements add model REQ changes what the package itself requires\n",
        ),
        (
            ("model", "-f", "other.yaml"),
            "error: -f is for the package of a manifest, and model has none\n"
            " hint: mpk validate model, or mpk validate -f FILE\n",
        ),
        (
            ("--trust-pickles",),
            "error: --trust-pickles is for a package that is validated as it is\n"
            " hint: mpk validate MODEL --trust-pickles; in a manifest: validate: {pickles: report}\n",
        ),
        (
            ("nowhere",),
            "error: nowhere is no model package: it has no file MLmodel\n hint: mpk build makes one in dist/model\n",
        ),
    ],
)
def test_what_can_not_be_asked(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = run_mpk("validate", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (2, message)
