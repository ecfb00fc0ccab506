"""Conda packages from a channel on this machine: solved, locked by sha256, installed, and a package proven in them."""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import subprocess
import sys
import threading
import tomllib
from typing import TYPE_CHECKING

import conda_channel
import pytest
import yaml
from support import run_mpk
from tiny import MANIFEST, build, write_tiny

from mpk_build.environment import installing, resolving
from mpk_build.environment.conda import locked, solving
from mpk_build.environment.conda.locked import Wish
from mpk_build.environment.interpreters import Interpreters
from mpk_build.foundation.errors import MachineError, StageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EMPTY = 'lock-version = "1.0"\ncreated-by = "mpk"\npackages = []\n'
VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("channel")
    conda_channel.write_python(folder)
    conda_channel.write_package(folder, "greeting", "1.0", {"share/greeting.txt": b"hello"})
    module = {"site-packages/greeter.py": b"answer = 42\n"}
    conda_channel.write_package(folder, "greeter", "2.0", module, depends=["python", "greeting"], noarch="python")
    conda_channel.index(folder)
    return folder


@pytest.fixture
def wish(channel: Path) -> Wish:
    return Wish((channel.as_uri(),), ("greeter",), VERSION)


def says(python: Path, code: str) -> str:
    finished = subprocess.run([python, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    return finished.stdout.strip()


def test_solved_locked_and_installed(
    channel: Path, wish: Wish, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    interpreter = Interpreters(tmp_path / "memory.json").find(VERSION)
    index = resolving.resolve(resolving.Request(("six==1.16.0",), VERSION)).text
    lock = solving.add_to_lock(index, wish, None)
    packages = tomllib.loads(lock)["tool"]["mpk"]["conda"]["packages"]
    assert [(one["name"], one["subdir"], one["noarch"]) for one in packages] == [
        ("greeter", "noarch", "python"),
        ("greeting", "noarch", "generic"),
        ("python", "linux-64", ""),
    ]
    assert packages[1]["url"] == f"{channel.as_uri()}/noarch/greeting-1.0-0.tar.bz2"
    wanted = installing.Wanted("conda")
    python = installing.ensure_environment(lock, interpreter, tmp_path / "caches" / "environments", wanted)
    prefix = python.parent.parent
    assert says(python, "import sys, greeter, six; print(sys.prefix, greeter.answer, six.__version__)") == (
        f"{prefix} 42 1.16.0"
    )
    assert (prefix / "share" / "greeting.txt").read_text() == "hello"
    assert installing.ensure_environment(lock, interpreter, tmp_path / "caches" / "environments", wanted) == python
    assert capsys.readouterr().err == ""


def test_a_lock_is_kept_until_what_is_asked_for_changes(channel: Path, wish: Wish) -> None:
    lock = solving.add_to_lock(EMPTY, wish, None)
    assert solving.add_to_lock(lock, wish, lock) == lock
    # The channel need not even answer then.
    gone = lock.replace(channel.as_uri(), "file:///nowhere")
    assert solving.add_to_lock(gone, wish, gone) == gone
    other = solving.add_to_lock(lock, Wish(wish.channels, (), VERSION), lock)
    assert [one.name for one in locked.packages_of(other)] == ["python"]
    assert locked.without(other) == EMPTY


@pytest.mark.parametrize("served", [False, True])
def test_a_package_that_is_another_than_the_locks(channel: Path, tmp_path: Path, *, served: bool) -> None:
    with serving(channel) as address:
        url = address if served else channel.as_uri()
        lock = solving.add_to_lock(EMPTY, Wish((url,), ("greeter",), VERSION), None)
        greeting = next(one.sha256 for one in locked.packages_of(lock) if one.name == "greeting")
        interpreter = Interpreters(tmp_path / "memory.json").find(VERSION)
        environments, wanted = tmp_path / "caches" / "environments", installing.Wanted("conda")
        with pytest.raises(StageError) as raised:
            installing.ensure_environment(lock.replace(greeting, "0" * 64), interpreter, environments, wanted)
        assert raised.value.message.startswith("a conda package is not what the lock says: ")
        assert not list(environments.glob("*.json"))
        python = installing.ensure_environment(lock, interpreter, environments, wanted)
        assert says(python, "import greeter; print(greeter.answer)") == "42"


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_what_no_channel_has(channel: Path) -> None:
    with pytest.raises(StageError) as raised:
        solving.solve(Wish((channel.as_uri(),), ("no-such-package",), VERSION))
    assert raised.value.message.startswith(f"conda finds no solution in {channel.as_uri()}: ")
    assert "no-such-package" in raised.value.message


def test_a_channel_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MachineError) as raised:
        solving.solve(Wish(((tmp_path / "nothing").as_uri(),), ("greeter",), VERSION))
    assert raised.value.message.startswith(f"a channel could not be read ({(tmp_path / 'nothing').as_uri()}): ")


def test_another_python_than_the_models(channel: Path) -> None:
    with pytest.raises(StageError) as raised:
        solving.solve(Wish((channel.as_uri(),), ("python",), "3.8"))
    assert raised.value.message == (
        f"conda gives Python {'.'.join(map(str, sys.version_info[:3]))}, but the model was made with 3.8"
    )


def manifest(channel: Path, targets: str = "{model: {}}", manager: str = "conda") -> str:
    requirements = f"{{source: requirements.txt, conda: {{channels: ['{channel.as_uri()}'], dependencies: [greeter]}}}}"
    text = MANIFEST.replace("{source: requirements.txt}", requirements).replace("{model: {}}", targets)
    return f"{text}validate: {{manager: {manager}}}\n"


def test_a_package_is_proven_in_conda_packages(channel: Path, tmp_path: Path) -> None:
    model = (
        "import pathlib\nimport sys\n\nimport six\n\n\ndef predict(values):\n"
        "    print('greeting', (pathlib.Path(sys.prefix) / 'share' / 'greeting.txt').exists())\n"
        "    return [value + 1 for value in values]\n"
    )
    files = {"mpk.yaml": manifest(channel), "model.py": model, "requirements.txt": "six==1.16.0\n"}
    project = write_tiny(tmp_path / "project", files)
    result = build(project, tmp_path / "store")
    assert result.error is None
    assert [stage.facts.get("manager") for stage in result.stages if stage.stage == "validate"] == ["conda"]
    package = project / "dist" / "model"
    assert yaml.safe_load((package / "conda.yaml").read_text()) == {
        "name": "mpk-env",
        "channels": [channel.as_uri()],
        "dependencies": [
            f"python={'.'.join(map(str, sys.version_info[:3]))}",
            "pip",
            "greeter",
            {"pip": ["six==1.16.0"]},
        ],
    }
    assert (package / "pylock.toml").read_text() == (project / "pylock.tiny.toml").read_text()
    again = build(project, tmp_path / "store")
    assert {stage.status for stage in again.stages} == {"cached"}
    tried = run_mpk("validate", "--override", "six==1.17.0", cwd=project, env={"MPK_CACHE": str(tmp_path / "store")})
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.splitlines()[:2] == ["with six==1.17.0:", "  ~ six 1.16.0 -> 1.17.0"]
    # The log is that of the run under other requirements, the last one.
    assert "greeting True" in (tmp_path / "store" / "logs" / "tiny-override.log").read_text()
    predicted = run_mpk("predict", package, cwd=project, env={"MPK_CACHE": str(tmp_path / "store")})
    assert json.loads(predicted.stdout) == {"predictions": [2, 3, 4]}


def test_conda_packages_and_an_image(channel: Path, tmp_path: Path) -> None:
    project = write_tiny(tmp_path, {"mpk.yaml": manifest(channel, "{image: {}}")})
    finished = run_mpk("build", cwd=project)
    assert finished.returncode == 2
    assert "an image is made of packages of the index alone, and would lack those of conda\n" in finished.stderr
    assert " hint: targets: {model: {}}\n" in finished.stderr


def test_conda_packages_and_another_manager(channel: Path, tmp_path: Path) -> None:
    project = write_tiny(tmp_path, {"mpk.yaml": manifest(channel, manager="uv")})
    finished = run_mpk("build", cwd=project)
    assert finished.returncode == 2
    assert "the manager uv installs no conda packages\n" in finished.stderr
    assert " hint: validate: {manager: conda}\n" in finished.stderr


def test_a_token_has_no_place_in_a_manifest(tmp_path: Path) -> None:
    text = manifest(tmp_path).replace(tmp_path.as_uri(), "https://conda.example.com/t/SECRET/mine")
    finished = run_mpk("build", cwd=write_tiny(tmp_path, {"mpk.yaml": text}))
    assert finished.returncode == 2
    assert "it holds a password or a token" in finished.stderr


def test_without_the_library(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    (blocked / "rattler").mkdir(parents=True)
    (blocked / "rattler" / "__init__.py").write_text("raise ImportError\n")
    code = (
        f"import sys; sys.path.insert(0, {str(blocked)!r})\n"
        "from mpk_build.environment.conda.locked import Wish\n"
        "from mpk_build.environment.conda import solving\n"
        "from mpk_build.foundation.errors import MpkError\n"
        "try: solving.solve(Wish(('conda-forge',), (), '3.11'))\n"
        "except MpkError as error: print(error.exit_code, error.message, error.hint, sep='|')"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout == (
        "3|conda environments need py-rattler, which mpk is installed without|pip install 'mpk-build[conda]'\n"
    )
