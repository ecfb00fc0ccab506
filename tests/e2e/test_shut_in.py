"""Models that reach for what their package does not have, and machines that can't keep them from it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import Project, write_project
from support import PROJECT, find_python, run_mpk

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

# True in the process that validates, and not in the source environment.
VALIDATED = "import os\n\nvalidated = os.path.basename(os.environ['HOME']) == 'tmp'\n"
# A program that takes bubblewrap's arguments and shuts nothing in.
FALSE_BUBBLEWRAP = '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n'
NETWORK = (
    " hint: package what it fetches: model: {artifacts: {NAME: PATH}}; if it has to use the network: "
    "validate: {network: true}"
)
NO_BUBBLEWRAP = {"bubblewrap": "bwrap is not installed", "namespaces": "unshare is not installed"}


def project_of(folder: Path, model: str, **manifest: Any) -> Project:
    whole = {"model": {"entrypoint": "model:predict"}, "input_example": [1, 2], **manifest}
    return write_project(folder, whole, {"model.py": model})


def facts_of(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)["stages"][-1]["facts"]
    return facts


@pytest.fixture
def bare(tmp_path: Path) -> str:
    """A PATH without the programs that make sandboxes."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("sh", "cat", "env"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    python = find_python("3.11")
    assert python is not None
    (folder / "python3.11").symlink_to(python.resolve())
    return str(folder)


@pytest.fixture
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_file_of_this_machine_is_named_with_the_field_that_declares_it(tmp_path: Path) -> None:
    norms = tmp_path / "shared" / "norms.json"
    norms.parent.mkdir()
    norms.write_text("[3]")
    model = f"import json\n\ndef predict(rows):\n    return json.load(open({str(norms)!r}))\n"
    assert project_of(tmp_path / "project", model).fails() == (
        1,
        [
            f"error: the package opens {norms}, which is on this machine and not in the package (FileNotFoundError while "
            f"it predicted the input example: [Errno 2] No such file or directory: '{norms}')",
            "  why: model.py:4, in predict",
            " hint: copy it into the project, name the file in model: {artifacts: {norms: norms.json}} and open "
            "context.artifacts['norms'], or open it beside the code: Path(__file__).with_name(...)",
        ],
    )


def test_without_bubblewrap_it_is_told_the_same(tmp_path: Path, bare: str) -> None:
    norms = tmp_path / "norms.json"
    norms.write_text("[3]")
    model = f"import json\n\ndef predict(rows):\n    return json.load(open({str(norms)!r}))\n"
    done = project_of(tmp_path / "project", model).mpk("validate", env={"PATH": bare})
    assert (
        f"error: the package opens {norms}, which is on this machine and not in the package (PermissionError"
        in done.stderr
    )


def test_a_file_that_it_looks_for_and_does_without_is_told_when_it_predicts_otherwise(tmp_path: Path) -> None:
    extra = tmp_path / "extra.txt"
    extra.write_text("5")
    model = (
        f"def predict(rows):\n    try:\n        more = int(open({str(extra)!r}).read())\n    except OSError:\n"
        "        more = 0\n    return [row + more for row in rows]\n"
    )
    assert project_of(tmp_path / "project", model).fails() == (
        1,
        [
            "error: the package predicts something else than the source environment did: "
            "max |difference| 5 at predictions[0] (1, expected 6), and 1 more",
            f"  why: it tried to open {extra}: on this machine, and not in the package",
            " hint: mpk explain package; if such a difference is acceptable: validate: {tolerance: NUMBER}",
        ],
    )


def test_what_it_looks_for_in_vain_is_no_failure(tmp_path: Path) -> None:
    model = (
        "def predict(rows):\n    try:\n        open('/etc/hostname').read()\n    except OSError:\n        pass\n"
        "    return rows\n"
    )
    facts = facts_of(project_of(tmp_path, model).mpk("validate", "--json"))
    assert facts["attempted"] == {"files": ["/etc/hostname"]}


def test_the_network_is_named_with_the_field_that_allows_it(tmp_path: Path, port: int) -> None:
    model = (
        f"import socket\n\ndef predict(rows):\n    socket.create_connection(('127.0.0.1', {port})).close()\n"
        "    return rows\n"
    )
    code, lines = project_of(tmp_path / "shut", model).fails()
    assert (code, lines[0], lines[-1]) == (
        1,
        "error: the package wants the network while it predicted the input example, and has none where it is validated: "
        f"127.0.0.1:{port}",
        NETWORK,
    )
    allowed = project_of(tmp_path / "allowed", model, validate={"network": True, "sandbox": "required"})
    facts = facts_of(allowed.mpk("validate", "--json"))
    assert facts["sandbox"] == {"level": "bubblewrap", "canaries": ["file", "module"]}


def test_a_name_that_can_not_be_looked_up_is_of_the_network_too(tmp_path: Path) -> None:
    model = (
        f"{VALIDATED}\ndef predict(rows):\n    if validated:\n        import urllib.request\n"
        "        urllib.request.urlopen('http://models.example/weights')\n    return rows\n"
    )
    code, lines = project_of(tmp_path, model).fails()
    assert (code, lines[0], lines[-1]) == (
        1,
        "error: the package wants the network while it predicted the input example, and has none where it is validated: "
        "models.example:80",
        NETWORK,
    )


def test_one_that_is_killed_is_told_by_its_signal(tmp_path: Path) -> None:
    model = f"{VALIDATED}\ndef predict(rows):\n    if validated:\n        os.kill(os.getpid(), 9)\n    return rows\n"
    code, lines = project_of(tmp_path, model).fails()
    assert (code, "SIGKILL" in lines[0]) == (1, True), lines


def test_a_timeout_ends_everything_in_it(tmp_path: Path) -> None:
    # The name of a process that no other has.
    mark = f"mark-{tmp_path.name}"
    model = (
        f"{VALIDATED}\nimport subprocess, sys, time\n\ndef predict(rows):\n    if validated:\n"
        f"        subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)', {mark!r}], start_new_session=True)\n"
        "        time.sleep(600)\n    return rows\n"
    )
    code, lines = project_of(tmp_path, model, validate={"timeout": 5}).fails()
    assert (code, "within 5 s" in lines[0]) == (1, True), lines
    commands = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [command for command in commands if mark.encode() in command]


def without_landlock(project: Project, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    import subprocess

    return subprocess.run(
        [sys.executable, PROJECT / "tests/without_landlock.py", sys.executable, "-m", "mpk_build", *arguments],
        cwd=project.root,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_machine_without_any_sandbox(tmp_path: Path, bare: str) -> None:
    project = project_of(tmp_path / "project", "def predict(rows):\n    return rows\n")
    done = without_landlock(project, "validate", path=bare)
    assert ", in no sandbox; " in done.stderr, done.stderr
    facts = facts_of(without_landlock(project, "validate", "--json", path=bare))
    landlock = {"landlock": "this kernel has no Landlock"}
    assert facts["sandbox"] == {"level": "none", "canaries": [], "refused": {**NO_BUBBLEWRAP, **landlock}}
    manifest = project.root / "mpk.yaml"
    manifest.write_text(manifest.read_text() + "validate: {sandbox: required}\n")
    done = without_landlock(project, "validate", path=bare)
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        3,
        [
            "error: validate: {sandbox: required}, but no sandbox works on this machine (bubblewrap: bwrap is not "
            "installed; namespaces: unshare is not installed; landlock: this kernel has no Landlock)",
            " hint: install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap)",
        ],
    )


def test_a_pickle_that_is_code_may_require_one(tmp_path: Path, bare: str) -> None:
    # Nobody can judge code by names.
    model = "def make():\n    return lambda rows: rows\n"
    manifest = {"model": {"entrypoint": "model:make()"}, "input_example": [1, 2]}
    asked = {"pickles": "sandbox", "sandbox": "off"}
    project = write_project(tmp_path / "project", {**manifest, "validate": asked}, {"model.py": model})
    done = without_landlock(project, "build", "--until", "validate", path=bare)
    assert (done.returncode, done.stderr.splitlines()[-2:]) == (
        3,
        [
            "error: validate: {pickles: sandbox} requires one for python_model.pkl, but no sandbox works on this machine "
            "(bubblewrap: bwrap is not installed; namespaces: unshare is not installed; landlock: this kernel has no "
            "Landlock)",
            " hint: install bubblewrap (apt-get install bubblewrap, dnf install bubblewrap)",
        ],
    )
    stages = project.build()["stages"]
    assert stages[1]["facts"]["pickles"]["files"][0]["kind"] == "by value"
    assert stages[2]["facts"]["sandbox"]["level"] != "none"


def test_a_weaker_level_has_a_key_of_its_own(tmp_path: Path, bare: str) -> None:
    project = project_of(tmp_path / "project", "def predict(rows):\n    return rows\n")
    keys = {}
    for path in (os.environ["PATH"], bare):
        document = json.loads(project.mpk("build", "--until", "validate", "--json", env={"PATH": path}).stdout)
        stage = document["stages"][-1]
        keys[stage["facts"]["sandbox"]["level"]] = (stage["status"], stage["key"])
    assert [status for status, _ in keys.values()] == ["built", "built"]
    assert len({key for _, key in keys.values()}) == 2
    again = json.loads(project.mpk("build", "--until", "validate", "--json").stdout)["stages"][-1]
    assert (again["status"], again["key"]) == ("cached", keys["bubblewrap"][1])


def test_a_level_whose_canaries_are_reached_is_not_reached(tmp_path: Path, bare: str) -> None:
    false = Path(bare, "bwrap")
    false.write_text(FALSE_BUBBLEWRAP)
    false.chmod(0o755)
    project = project_of(tmp_path / "project", "def predict(rows):\n    return rows\n")
    store = {"MPK_CACHE": str(tmp_path / "store"), "PATH": bare}
    why = ", ".join(f"the {name} outside of it was reached" for name in ("file", "module", "network"))
    reached = {
        "level": "landlock",
        "canaries": ["file", "module", "network"],
        "refused": {"bubblewrap": why, "namespaces": "unshare is not installed"},
    }
    done = run_mpk("build", "--until", "validate", "--json", cwd=project.root, env=store)
    assert facts_of(done)["sandbox"] == reached
    # Remembered as one that works: the run itself finds out, and is no answer for a stronger level.
    memory = tmp_path / "store" / "caches" / "sandbox.json"
    known = json.loads(memory.read_text())
    memory.write_text(json.dumps({key: {"level": "bubblewrap", "refused": {}} for key in known}))
    for _ in range(2):
        done = run_mpk("build", "--until", "validate", "--json", cwd=project.root, env=store)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["stages"][-1]["status"] == "built"
        found = facts_of(done)["sandbox"]
        assert (found["level"], found["refused"]["bubblewrap"]) == ("landlock", why)


@pytest.mark.parametrize("spoil", ["open(report, 'w').write('spoiled')", "os.symlink('/etc/hostname', report)"])
def test_a_report_that_the_model_has_spoiled_is_no_report(spoil: str, tmp_path: Path) -> None:
    model = (
        f"{VALIDATED}\n\ndef predict(values):\n    if validated:\n"
        "        report = os.path.join(os.environ['HOME'], '..', 'out', 'report.json')\n"
        f"        {spoil}\n        raise ValueError('spoiled')\n    return values\n"
    )
    project = project_of(tmp_path, model)
    done = project.mpk("validate", "--override", "six", "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["error"]["message"] == ("the package raised ValueError while it predicted the input example: spoiled")
    assert answer["predictions"] is None
