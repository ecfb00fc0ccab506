"""Environments made by virtualenv and pip: what the lock says, hashes required, and nothing of uv or pip in them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from index_server import serve, write_wheel
from support import find_python

from mpk_build.environment import installing, resolving
from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.making import by_virtualenv, requirements_file
from mpk_build.foundation.errors import MachineError, StageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
VIRTUALENV = installing.Wanted(manager="virtualenv")
_LIST = (
    "import importlib.metadata as m; print(sorted(f\"{d.metadata['Name']}=={d.version}\" for d in m.distributions()))"
)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An index with two packages, the only one there is for uv; pip is not told of it."""
    wheels = tmp_path / "wheels"
    write_wheel(wheels, "front", "1.0", {"front.py": "import back; answer = back.answer"}, requires=["back<2"])
    for version in ("1.5", "2.0"):
        write_wheel(wheels, "back", version, {"back.py": f"answer = {version}"})
    with serve(wheels) as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.url)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
        monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip-cache"))
        yield wheels


def says(python: Path, code: str) -> str:
    finished = subprocess.run([python, "-I", "-B", "-c", code], capture_output=True, text=True, check=True)
    return finished.stdout.strip()


@pytest.mark.parametrize("version", [VERSION, "3.8"])
@pytest.mark.usefixtures("index")
def test_made_by_virtualenv_and_pip(tmp_path: Path, version: str, capsys: pytest.CaptureFixture[str]) -> None:
    if find_python(version) is None:
        pytest.skip(f"no Python {version} here")
    interpreter = Interpreters(tmp_path / "memory.json").find(version)
    lock = resolving.resolve(resolving.Request(("front",), version)).text
    python = installing.ensure_environment(lock, interpreter, tmp_path / "environments", VIRTUALENV)
    assert says(python, _LIST) == "['back==1.5', 'front==1.0']"
    assert says(python, "import front; print(front.answer)") == "1.5"
    assert installing.ensure_environment(lock, interpreter, tmp_path / "environments", VIRTUALENV) == python
    by_uv = installing.ensure_environment(lock, interpreter, tmp_path / "environments")
    assert by_uv != python
    assert capsys.readouterr().err == ""


def test_a_file_with_another_hash(index: Path, tmp_path: Path) -> None:
    interpreter = Interpreters(tmp_path / "memory.json").find(VERSION)
    lock = resolving.resolve(resolving.Request(("back<2",), VERSION)).text
    write_wheel(index, "back", "1.5", {"back.py": "answer = 'poison'"})
    with pytest.raises(StageError) as raised:
        installing.ensure_environment(lock, interpreter, tmp_path / "environments", VIRTUALENV)
    assert raised.value.message.startswith(
        "pip can't install the lock: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
    )
    assert not list((tmp_path / "environments").glob("*.json"))


def test_an_index_that_does_not_answer(index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert index.is_dir()
    interpreter = Interpreters(tmp_path / "memory.json").find(VERSION)
    lock = resolving.resolve(resolving.Request(("back<2",), VERSION)).text
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(MachineError) as raised:
        installing.ensure_environment(lock, interpreter, tmp_path / "environments", VIRTUALENV)
    assert raised.value.hint == (
        "check the network and the index (PIP_INDEX_URL, pip.conf), then run the same command again"
    )


def test_what_pip_is_given(tmp_path: Path) -> None:
    wheel = tmp_path / "own-1.0-py3-none-any.whl"
    lock = f"""
        lock-version = "1.0"
        [[packages]]
        name = "six"
        version = "1.16.0"
        marker = "python_version >= '3.8'"
        sdist = {{ url = "https://index/six-1.16.0.tar.gz", hashes = {{ sha256 = "b" }} }}
        wheels = [{{ url = "https://index/six-1.16.0-py2.py3-none-any.whl", hashes = {{ sha256 = "a" }} }}]
        [[packages]]
        name = "direct"
        version = "2.0"
        archive = {{ url = "https://host/direct.zip", subdirectory = "python", hashes = {{ sha256 = "c" }} }}
        [[packages]]
        name = "own"
        version = "1.0"
        wheels = [{{ path = "{wheel}", hashes = {{ sha256 = "d" }} }}]
    """
    assert requirements_file.of_lock(lock).splitlines() == [
        "six==1.16.0 ; python_version >= '3.8' --hash=sha256:a --hash=sha256:b",
        "direct @ https://host/direct.zip#subdirectory=python --hash=sha256:c",
        f"own @ {wheel.as_uri()} --hash=sha256:d",
    ]


def test_what_pip_can_not_check() -> None:
    lock = """
        lock-version = "1.0"
        [[packages]]
        name = "own"
        vcs = { type = "git", url = "https://host/own.git", commit-id = "0123" }
    """
    with pytest.raises(StageError) as raised:
        requirements_file.of_lock(lock)
    assert (raised.value.message, raised.value.hint) == (
        "pip can't check own by a hash: the lock has neither a wheel nor an archive of it",
        "validate: {manager: uv}",
    )


def test_indexes_of_uv_are_those_of_pip_unless_it_has_its_own() -> None:
    uv = {
        "UV_DEFAULT_INDEX": "https://one/simple",
        "UV_INDEX": "torch=https://two/simple https://three/simple",
        "UV_FIND_LINKS": "/wheels,https://four",
    }
    assert by_virtualenv.index_variables(uv) == {
        "PIP_INDEX_URL": "https://one/simple",
        "PIP_EXTRA_INDEX_URL": "https://two/simple https://three/simple",
        "PIP_FIND_LINKS": "/wheels https://four",
    }
    assert by_virtualenv.index_variables({**uv, "PIP_INDEX_URL": "https://five"}) == {
        "PIP_EXTRA_INDEX_URL": "https://two/simple https://three/simple",
        "PIP_FIND_LINKS": "/wheels https://four",
    }
