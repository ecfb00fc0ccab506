"""What a process can reach at each level of the sandbox, as root and as an ordinary user."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shut_in
from support import PROJECT

from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.sandbox import ladder
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator

# What each level needs besides the kernel.
PROGRAMS = {"bubblewrap": ("bwrap",), "namespaces": ("unshare", "setpriv", "sh"), "landlock": ()}
NOBODY = "65534"
SCRIPT = """
import os, socket, sys


def attempt(action):
    try:
        action()
    except (OSError, ImportError) as error:
        return type(error).__name__
    return "reached"


def read(path):
    with open(path) as file:
        file.read()


def write(path):
    with open(path, "w") as file:
        file.write("changed")


def connect(port):
    socket.create_connection(("127.0.0.1", port), timeout=5).close()


def imported(folder):
    sys.path.insert(0, folder)
    import shared_code


def run(stage):
    params, work = stage.params, os.getcwd()
    stage.facts.update(
        project_file=attempt(lambda: read(params["project"] + "/norms.json")),
        project_module=attempt(lambda: imported(params["project"])),
        home=attempt(lambda: os.listdir(params["home"])),
        network=attempt(lambda: connect(params["port"])),
        other_process=attempt(lambda: os.kill(params["process"], 0)),
        package=attempt(lambda: read(stage.inputs["package"])),
        change_package=attempt(lambda: write(stage.inputs["package"])),
        change_environment=attempt(lambda: write(os.path.join(sys.prefix, "pyvenv.cfg"))),
        change_work=attempt(lambda: write(os.path.join(work, "input.json"))),
        output=attempt(lambda: write(stage.outputs["report"])),
        temporary=attempt(lambda: write(os.path.join(os.environ["TMPDIR"], "scratch"))),
        own_home=sorted(os.listdir(os.environ["HOME"])),
        secrets=[name for name in os.environ if "SECRET" in name],
        import_of_library=attempt(lambda: __import__("ssl")),
    )
"""


def programs(folder: Path, *names: str) -> str:
    """A folder with these programs alone, for PATH."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None, f"{name} is not installed"
        (folder / name).symlink_to(found)
    return str(folder)


def users() -> list[str]:
    return ["root", "nobody"] if os.geteuid() == 0 else ["ourselves"]


def run(folder: Path, script: str, params: dict[str, Any], path: str, *, user: str = "") -> dict[str, Any]:
    """The output of a stage's script, shut in by programs of PATH ``path``."""
    (folder / "script.py").write_text(script)
    python, prefix = sys.executable, []
    if user == "nobody":
        # The Python of this session may lie where nobody else may look.
        found = shutil.which("python3", path="/usr/local/bin:/usr/bin")
        assert found is not None
        python, prefix = found, ["setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]
        os.chown(folder, int(NOBODY), int(NOBODY))
    done = subprocess.run(
        [
            *prefix,
            "env",
            f"PATH={path}",
            python,
            PROJECT / "tests/shut_in.py",
            folder,
            folder / "script.py",
            json.dumps(params),
        ],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{PROJECT}{os.pathsep}{_libraries()}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SECRET_TOKEN": "secret",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _libraries() -> str:
    import pydantic

    return str(Path(pydantic.__file__).parent.parent)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    # pytest's own folders are for nobody else.
    opened = [one for one in (tmp_path, *tmp_path.parents) if one.stat().st_uid == os.geteuid() and one != Path("/")]
    modes = {one: one.stat().st_mode for one in opened}
    for one in opened:
        one.chmod(modes[one] | 0o755)
    yield tmp_path
    for one, mode in modes.items():
        one.chmod(mode)


@pytest.mark.parametrize("user", users())
@pytest.mark.parametrize("level", PROGRAMS)
def test_nothing_is_reached_but_what_is_given(level: str, user: str, folder: Path) -> None:
    project = folder / "project"
    project.mkdir()
    (project / "norms.json").write_text("{}")
    (project / "shared_code.py").write_text("")
    home = folder / "home"
    home.mkdir()
    work = folder / "build"
    work.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener, subprocess.Popen(["sleep", "60"]) as process:
        params = {
            "project": str(project),
            "home": str(home),
            "port": listener.getsockname()[1],
            "process": process.pid,
        }
        output = run(work, SCRIPT, params, programs(folder / "bin", *PROGRAMS[level]), user=user)
        process.kill()
    attempted = output["facts"].pop("attempted")
    assert attempted["network"] == [f"127.0.0.1:{params['port']}"]
    assert str(project / "norms.json") in attempted["files"]
    # Landlock refuses what a file system and a network of one's own do not have.
    own = level == "bubblewrap"
    absent, fixed = ("FileNotFoundError", "OSError") if own else ("PermissionError", "PermissionError")
    refused = {} if own else {"bubblewrap": "bwrap is not installed"}
    if level == "landlock":
        refused["namespaces"] = "unshare is not installed"
    assert output["facts"] == {
        "project_file": absent,
        "project_module": "ModuleNotFoundError",
        "home": absent,
        "network": "ConnectionRefusedError" if own else "PermissionError",
        "other_process": "PermissionError" if level == "landlock" else "ProcessLookupError",
        "package": "reached",
        "change_package": fixed,
        "change_environment": output["facts"]["change_environment"],
        "change_work": fixed,
        "output": "reached",
        "temporary": "reached",
        "own_home": [] if own else ["scratch"],
        "secrets": [],
        "import_of_library": "reached",
        "sandbox": {
            "level": level,
            "canaries": ["file", "module", "network"],
            **({"refused": refused} if refused else {}),
        },
    }
    assert output["facts"]["change_environment"] != "reached"


FORGE = """
import json, os


def run(stage):
    result = os.path.join(os.path.dirname(os.path.dirname(stage.outputs["report"])), "result")
    with open(os.path.join(result, "sandbox.json"), "w") as file:
        json.dump({"reached": ["file"], "error": None}, file)
    stage.facts["open"] = [os.readlink(f"/proc/self/fd/{one}") for one in ("0", "3") if os.path.exists(f"/dev/fd/{one}")]
"""
SPY = """
import os, sys

try:
    with open("{folder}/trace", "w") as file:
        file.write(" ".join(sys.argv))
    os.environ["MPK_SPIED"] = "reached"
except OSError as error:
    os.environ["MPK_SPIED"] = type(error).__name__
"""
SPIED = "import os\n\n\ndef run(stage):\n    stage.facts['spied'] = os.environ['MPK_SPIED']\n"


@pytest.mark.parametrize("level", PROGRAMS)
def test_a_model_that_says_it_was_not_shut_in_is_not_tried_with_less(level: str, folder: Path) -> None:
    output = run(folder, FORGE, {}, programs(folder / "bin", *PROGRAMS[level]))
    assert output["facts"]["sandbox"]["level"] == level
    assert output["facts"]["open"] == ["/dev/null"]


@pytest.mark.parametrize("level", PROGRAMS)
def test_what_packages_run_when_python_starts_is_shut_in_too(level: str, folder: Path) -> None:
    environment, outside = folder / "environment", folder / "outside"
    outside.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    site = next(environment.glob("lib/python*/site-packages"))
    (site / "spy.py").write_text(SPY.format(folder=outside))
    (site / "spy.pth").write_text("import spy\n")
    work = folder / "build"
    work.mkdir()
    python = str(environment / "bin" / "python")
    output = run(work, SPIED, {"python": python}, programs(folder / "bin", *PROGRAMS[level]))
    assert output["facts"]["sandbox"]["level"] == level
    assert list(outside.iterdir()) == []
    assert output["facts"]["spied"] == ("FileNotFoundError" if level == "bubblewrap" else "PermissionError")


@pytest.mark.parametrize("written", ["", "[]", "{}", '{"ok": false, "error": null, "facts": {}, "discovered": []}'])
def test_a_result_that_the_model_has_spoiled_is_an_error_of_the_model(written: str, tmp_path: Path) -> None:
    script = (
        "import os, sys\n\n\ndef run(stage):\n"
        "    result = os.path.join(os.path.dirname(os.path.dirname(stage.outputs['report'])), 'result')\n"
        f"    with open(os.path.join(result, 'output.json'), 'w') as file:\n        file.write({written!r})\n"
        "    os._exit(0)\n"
    )
    (tmp_path / "script.py").write_text(script)
    with pytest.raises(StageError) as raised:
        shut_in.main(tmp_path, tmp_path / "script.py", {"sandbox": "off"})
    assert raised.value.message == "the process of the stage toy left a result that can't be read"
    assert raised.value.evidence == (f"its log is {tmp_path / 'log'}",)


def test_what_a_model_leaves_running_ends_with_it(folder: Path) -> None:
    script = (
        "import os, time\n\n\ndef run(stage):\n    child = os.fork()\n    if not child:\n        time.sleep(300)\n"
        "        os._exit(0)\n    stage.facts['child'] = child\n"
    )
    output = run(folder, script, {}, programs(folder / "bin"))
    assert output["facts"]["sandbox"]["level"] == "landlock"
    status = Path(f"/proc/{output['facts']['child']}/status")
    # A zombie is what remains where the first process of a container does not look after others' children.
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_a_machine_that_was_too_busy_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bwrap = folder / "bin" / "bwrap"
    bwrap.parent.mkdir()
    bwrap.write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    bwrap.chmod(0o755)
    monkeypatch.setenv("PATH", str(bwrap.parent))
    own = Interpreters(folder / "interpreters.json").inspect(Path(sys.executable))
    monkeypatch.setattr(ladder, "_TRY_S", 1.0)
    busy = ladder.Ladder(ladder.Wish(), own, folder / "sandbox.json")
    assert busy.refused["bubblewrap"] == "it did not start in time"
    assert not (folder / "sandbox.json").exists()
