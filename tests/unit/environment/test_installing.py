"""Kept environments: what is used again is what was installed, whatever was done to it meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from index_server import write_wheel

from mpk_build.environment import installing, locating, resolving
from mpk_build.environment.interpreters import Interpreter, Interpreters
from mpk_build.foundation.errors import MachineError

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
SITE = f"lib/python{VERSION}/site-packages"


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    return Interpreters(tmp_path_factory.mktemp("memory") / "interpreters.json").find(VERSION)


@pytest.fixture(scope="module")
def lock() -> str:
    return resolving.resolve(resolving.Request(("six==1.16.0", "idna==3.10"), VERSION)).text


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    return tmp_path / "environments"


def says(python: Path, code: str, *options: str) -> str:
    finished = subprocess.run([python, "-I", *options, "-c", code], capture_output=True, text=True, check=True)
    return finished.stdout.strip()


def site_of(python: Path) -> Path:
    return python.parent.parent / SITE


def rewrite(path: Path, text: str) -> None:
    """Other content of another time than before, made to look as if nothing happened."""
    before = path.stat()
    time.sleep(0.02)
    text = text.ljust(before.st_size, "\n") if len(text) < before.st_size else text
    path.unlink()
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_made_once_and_used_again(lock: str, interpreter: Interpreter, environments: Path) -> None:
    python = installing.ensure_environment(lock, interpreter, environments)
    made = python.parent.parent.stat().st_ctime_ns
    assert says(python, "import six, idna; print(six.__version__, idna.__version__)", "-B") == "1.16.0 3.10"
    assert installing.ensure_environment(lock, interpreter, environments) == python
    assert python.parent.parent.stat().st_ctime_ns == made


def test_a_changed_file_is_found_although_size_and_time_are_as_before(
    lock: str, interpreter: Interpreter, environments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = installing.ensure_environment(lock, interpreter, environments)
    rewrite(site_of(python) / "six.py", "__version__ = 'poison'")
    assert says(python, "import six; print(six.__version__)", "-B") == "poison"
    assert installing.ensure_environment(lock, interpreter, environments) == python
    assert says(python, "import six; print(six.__version__)", "-B") == "1.16.0"
    assert capsys.readouterr().err == (
        f"note: the environment {python.parent.parent} was changed after it was made (six.py), so it is made again\n"
    )


def test_a_missing_file_is_found(
    lock: str, interpreter: Interpreter, environments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = installing.ensure_environment(lock, interpreter, environments)
    (site_of(python) / "idna" / "core.py").unlink()
    (site_of(python) / "six.py").unlink()
    again = installing.ensure_environment(lock, interpreter, environments)
    assert (site_of(again) / "idna" / "core.py").is_file()
    assert "was changed after it was made (idna/core.py and 1 more), so it is made again" in capsys.readouterr().err


def test_what_was_added_is_taken_away(
    lock: str, interpreter: Interpreter, environments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = installing.ensure_environment(lock, interpreter, environments)
    site = site_of(python)
    (site / "sitecustomize.py").write_text("import six; six.__version__ = 'poison'")
    (site / "evil.pth").write_text("import sys; sys.evil = True\n")
    (site / "idna" / "data").mkdir()
    assert says(python, "import six; print(six.__version__)", "-B") == "poison"
    made = python.stat(follow_symlinks=False).st_ino
    assert installing.ensure_environment(lock, interpreter, environments) == python
    assert python.stat(follow_symlinks=False).st_ino == made
    assert says(python, "import six, sys; print(six.__version__, hasattr(sys, 'evil'))", "-B") == "1.16.0 False"
    assert not (site / "idna" / "data").exists()
    assert capsys.readouterr().err == (
        f"note: the environment {python.parent.parent} had files that nothing installed (evil.pth and 2 more);"
        " they are gone\n"
    )


def test_bytecode_of_a_models_process_is_never_run_by_the_next(
    lock: str, interpreter: Interpreter, environments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = installing.ensure_environment(lock, interpreter, environments)
    site = site_of(python)
    poison = textwrap.dedent(f"""
        import importlib.util, marshal, struct, sys
        code = marshal.dumps(compile("__version__ = 'poison'", "six.py", "exec"))
        header = importlib.util.MAGIC_NUMBER + struct.pack("<L", 1) + bytes(8)
        import os; os.makedirs({str(site / "__pycache__")!r}, exist_ok=True)
        open(importlib.util.cache_from_source({str(site / "six.py")!r}), "wb").write(header + code)
    """)
    says(python, poison)
    assert says(python, "import six; print(six.__version__)") == "poison"
    assert installing.ensure_environment(lock, interpreter, environments) == python
    assert says(python, "import six; print(six.__version__)") == "1.16.0"
    # It was compiled from the source meanwhile, and this file is sealed as any other.
    [compiled] = (site / "__pycache__").iterdir()
    assert compiled.name == f"six.cpython-{VERSION.replace('.', '')}.pyc"
    assert says(python, "import six; print(six.__spec__.cached)") == str(compiled)
    assert capsys.readouterr().err == ""
    says(python, poison)
    installing.ensure_environment(lock, interpreter, environments)
    assert says(python, "import six; print(six.__version__)") == "1.16.0"


def test_bytecode_can_be_asked_for_when_it_is_made(lock: str, interpreter: Interpreter, environments: Path) -> None:
    wanted = installing.Wanted(modules=("six.py", "idna/core.py", "absent.py"))
    python = installing.ensure_environment(lock, interpreter, environments, wanted)
    found = sorted(path.relative_to(site_of(python)).as_posix() for path in site_of(python).rglob("*.pyc"))
    tag = f"cpython-{VERSION.replace('.', '')}"
    assert found == [f"__pycache__/six.{tag}.pyc", f"idna/__pycache__/core.{tag}.pyc"]
    assert installing.ensure_environment(lock, interpreter, environments) == python


def test_another_environment_that_shares_its_files_changes_nothing(
    lock: str, interpreter: Interpreter, environments: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    python = installing.ensure_environment(lock, interpreter, environments)
    other = resolving.resolve(resolving.Request(("six==1.16.0",), VERSION)).text
    time.sleep(0.02)
    installing.ensure_environment(other, interpreter, environments)
    inode = python.stat(follow_symlinks=False).st_ino
    assert installing.ensure_environment(lock, interpreter, environments) == python
    assert (python.stat(follow_symlinks=False).st_ino, capsys.readouterr().err) == (inode, "")


def test_a_poisoned_cache_of_uv_reaches_no_environment(
    interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wheel = write_wheel(tmp_path / "wheels", "tiny-package", "1.0")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    monkeypatch.setenv("UV_FIND_LINKS", str(wheel.parent))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    text = resolving.resolve(resolving.Request(("tiny-package",), VERSION)).text
    lock = locating.located(text, wheel.parent, tmp_path / "caches")
    first = installing.ensure_environment(lock, interpreter, tmp_path / "first")
    shared = site_of(first) / "tiny_package.py"
    assert shared.stat().st_nlink > 1
    # As a model does that opens a file of its environment for writing: it is the same file as the cache's.
    shared.write_text("__version__ = 'poison'")
    there = (tmp_path / "uv-cache" / "archive-v0").glob("*/tiny_package.py")
    [cached] = [path.parent for path in there if path.samefile(shared)]
    (cached / "sitecustomize.py").write_text("")
    second = installing.ensure_environment(lock, interpreter, tmp_path / "second")
    assert says(second, "import tiny_package; print(tiny_package.__version__)", "-B") == "1.0"
    assert not (site_of(second) / "sitecustomize.py").exists()
    assert capsys.readouterr().err == (
        "note: the cache of uv has files that are not what their packages say (sitecustomize.py and 1 more);"
        " the environment was made without it. To empty it: uv cache clean\n"
    )


def test_a_poisoned_cache_of_uv_with_no_index_in_reach(
    lock: str, interpreter: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    first = installing.ensure_environment(lock, interpreter, tmp_path / "first")
    (site_of(first) / "six.py").write_text("__version__ = 'poison'")
    monkeypatch.setenv("UV_OFFLINE", "1")
    with pytest.raises(MachineError) as raised:
        installing.ensure_environment(lock, interpreter, tmp_path / "second")
    assert raised.value.message.startswith(
        "the cache of uv has files that are not what their packages say (six.py), and an index could not be reached: "
    )
    assert raised.value.hint == "uv cache clean"
    assert not list((tmp_path / "second").glob("*.json"))


_ENSURE = """
import pathlib, sys
from mpk_build.environment import installing
from mpk_build.environment.interpreters import Interpreters
lock, memory, environments = map(pathlib.Path, sys.argv[1:4])
interpreter = Interpreters(memory).find(sys.argv[4])
print(installing.ensure_environment(lock.read_text(), interpreter, environments), flush=True)
sys.stdin.read()
"""


def ensuring(tmp_path: Path, lock: str) -> subprocess.Popen[str]:
    (tmp_path / "pylock.toml").write_text(lock)
    arguments: list[str | Path] = [
        tmp_path / "pylock.toml",
        tmp_path / "memory.json",
        tmp_path / "environments",
        VERSION,
    ]
    return subprocess.Popen(
        [sys.executable, "-c", _ENSURE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_several_processes_make_it_once(lock: str, tmp_path: Path) -> None:
    processes = [ensuring(tmp_path, lock) for _ in range(4)]
    answers = [process.communicate()[0].strip() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert len(set(answers)) == 1
    assert says(Path(answers[0]), "import six; print(six.__version__)", "-B") == "1.16.0"
    assert len(list((tmp_path / "environments").glob("*/bin/python"))) == 1


def test_one_that_is_killed_while_it_makes_it_leaves_nothing_that_is_used(
    lock: str, interpreter: Interpreter, tmp_path: Path
) -> None:
    environments = tmp_path / "environments"
    for seconds in (0.02, 0.05, 0.1, 0.2, 0.3):
        with ensuring(tmp_path, lock) as process:
            while not list(environments.glob("*/pyvenv.cfg")) and process.poll() is None:
                time.sleep(0.005)
            time.sleep(seconds)
            process.kill()
    python = installing.ensure_environment(lock, interpreter, environments)
    assert says(python, "import six, idna; print(six.__version__, idna.__version__)", "-B") == "1.16.0 3.10"


def test_one_in_use_is_left_to_its_users(lock: str, interpreter: Interpreter, tmp_path: Path) -> None:
    with ensuring(tmp_path, lock) as user:
        assert user.stdout is not None
        theirs = Path(user.stdout.readline().strip())
        rewrite(site_of(theirs) / "six.py", "__version__ = 'poison'")
        ours = installing.ensure_environment(lock, interpreter, tmp_path / "environments")
        assert ours.parent.parent.name == f"{theirs.parent.parent.name}-2"
        assert says(ours, "import six; print(six.__version__)", "-B") == "1.16.0"
        assert theirs.exists()
        user.communicate()
