"""``mpk cache``: what is kept, and what can be taken out without breaking anybody."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support import run_mpk
from tiny import build, statuses, write_tiny

from mpk_build.environment import resolving
from mpk_build.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
_HOLD = "import sys; from mpk_build.store.location import open_store; open_store(); print('open', flush=True); input()"


@pytest.fixture
def store(two_environments: Path, tmp_path: Path) -> Path:
    """A store of its own with two environments, for two models; the first was used long ago."""
    return Path(shutil.copytree(two_environments, tmp_path / "store", symlinks=True))


@pytest.fixture(scope="module")
def two_environments(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Store(tmp_path_factory.mktemp("stores") / "store").root
    for model, requirement in (("old", "six==1.16.0"), ("new", "idna==3.10")):
        lock = resolving.resolve(resolving.Request((requirement,), VERSION)).text
        command = (
            "import pathlib, sys; from mpk_build.environment import installing; "
            "from mpk_build.environment.interpreters import Interpreters; "
            f"i = Interpreters(pathlib.Path({str(root / 'caches' / 'interpreters.json')!r})).find({VERSION!r}); "
            f"installing.ensure_environment(sys.stdin.read(), i, pathlib.Path({environments_of(root)!r}), "
            f"installing.Wanted(model={model!r}))"
        )
        subprocess.run([sys.executable, "-c", command], input=lock, text=True, check=True)
    age(root, "old", days=40)
    return root


def environments_of(root: Path) -> str:
    return str(root / "caches" / "environments")


def age(root: Path, model: str, days: float) -> None:
    [mark] = [mark for mark in marks(root) if json.loads(mark.read_bytes())["models"] == [model]]
    os.utime(mark, (time.time(), time.time() - days * 86400))


def marks(root: Path) -> list[Path]:
    return [one for one in Path(environments_of(root)).glob("*.json") if not one.name.endswith(".files.json")]


def cache(root: Path, *arguments: str) -> Any:
    finished = run_mpk("cache", *arguments, "--json", cwd=root, env={"MPK_CACHE": str(root)})
    return json.loads(finished.stdout)


def models(root: Path) -> list[list[str]]:
    return [one["models"] for one in cache(root, "list")["environments"]]


def test_list(store: Path) -> None:
    found = cache(store, "list")
    first, second = found["environments"]
    assert (first["models"], second["models"]) == (["new"], ["old"])
    assert {
        name: first[name] for name in ("state", "manager", "packages") if Path(first["folder"], "pyvenv.cfg").is_file()
    } == {"state": "ready", "manager": "uv", "packages": 1}
    assert first["python"].startswith(f"{VERSION}.")
    assert first["size"] > 50_000
    assert time.time() - second["used"] > 39 * 86400
    shown = run_mpk("cache", "list", cwd=store, env={"MPK_CACHE": str(store)}).stdout.splitlines()
    assert shown[0].split() == ["python", "manager", "packages", "size", "last", "used", "models"]
    assert [line.split()[-1] for line in shown[1:]] == ["new", "old"]


def test_prune_by_age(store: Path) -> None:
    pruned = cache(store, "prune", "--older-than", "30d")
    assert (pruned["removed"], pruned["busy"], models(store)) == ({"environments": 1}, False, [["new"]])
    assert pruned["freed"] > 50_000
    assert cache(store, "prune", "--older-than", "30d")["removed"] == {}


def test_prune_to_a_size_takes_what_was_unused_longest(store: Path) -> None:
    size = cache(store, "info")["size"]
    pruned = cache(store, "prune", "--max-size", f"{size - 1000}B")
    assert (pruned["removed"], models(store)) == ({"environments": 1}, [["new"]])
    assert pruned["size"] < size - 1000


def test_prune_takes_what_nothing_can_use(store: Path) -> None:
    [new] = [one for one in cache(store, "list")["environments"] if one["models"] == ["new"]]
    (Path(new["folder"]) / "bin" / "python").unlink()
    (Path(new["folder"]) / "bin" / "python").symlink_to("/nowhere/python")
    shutil.copytree(new["folder"], Path(new["folder"]).parent / "0123456789abcdef", symlinks=True)
    assert sorted(one["state"] for one in cache(store, "list")["environments"]) == [
        "interpreter gone",
        "ready",
        "unfinished",
    ]
    assert cache(store, "prune")["removed"] == {"environments": 2}
    assert models(store) == [["old"]]


def test_prune_leaves_what_is_being_compiled_and_takes_what_a_killed_build_left_of_it(store: Path) -> None:
    now, killed = (Path(environments_of(store)) / f".bytecode-{name}" for name in ("now", "killed"))
    now.mkdir()
    killed.mkdir()
    os.utime(killed, (time.time(), time.time() - 3 * 86400))
    assert [one["state"] for one in cache(store, "list")["environments"]] == ["ready", "ready"]
    assert cache(store, "prune")["removed"] == {}
    assert (now.exists(), killed.exists()) == (True, False)


def test_one_in_use_stays(store: Path) -> None:
    [old] = [one for one in cache(store, "list")["environments"] if one["models"] == ["old"]]
    hold = (
        "import pathlib, sys; from mpk_build.environment.keeping import holding; "
        "holding.hold(pathlib.Path(sys.argv[1])); print('held', flush=True); input()"
    )
    with running(hold, f"{old['folder']}.use"):
        assert cache(store, "prune", "--older-than", "1d")["removed"] == {}
    assert cache(store, "prune", "--older-than", "1d")["removed"] == {"environments": 1}


def test_a_build_that_runs_loses_nothing(store: Path) -> None:
    with running(_HOLD, env={"MPK_CACHE": str(store)}):
        assert cache(store, "prune", "--older-than", "1d")["busy"] is True
        cleared = run_mpk("cache", "clear", cwd=store, env={"MPK_CACHE": str(store)})
        assert (cleared.returncode, cleared.stderr) == (
            3,
            f"error: a build or an endpoint uses the store {store}\n hint: when it has ended: mpk cache clear\n",
        )
        assert models(store) == [["new"]]
    assert run_mpk("cache", "clear", cwd=store, env={"MPK_CACHE": str(store)}).returncode == 0
    assert models(store) == []


def test_results_go_with_the_blobs_that_only_they_name(tmp_path: Path) -> None:
    project, root = write_tiny(tmp_path / "project"), tmp_path / "store"
    Store(root)
    assert run_mpk("build", cwd=project, env={"MPK_CACHE": str(root)}).returncode == 0
    assert cache(root, "prune", "--older-than", "1d")["removed"] == {}
    orphan = root / "blobs" / "00" / ("0" * 62)
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(bytes(5000))
    assert cache(root, "prune")["freed"] == 5000
    for record in (root / "actions").glob("*.json"):
        os.utime(record, (0, 0))
    # What is used again is not old any more.
    assert set(statuses(build(project, root)).values()) == {"cached"}
    assert cache(root, "prune", "--older-than", "1d")["removed"] == {}
    for record in (root / "actions").glob("*.json"):
        os.utime(record, (0, 0))
    assert cache(root, "prune", "--older-than", "1d")["removed"] == {"results": 3}
    assert [path for path in (root / "blobs").rglob("*") if path.is_file()] == []
    assert set(statuses(build(project, root)).values()) == {"built"}


@pytest.mark.parametrize(
    ("option", "value", "example"),
    [("--older-than", "soon", "30d"), ("--max-size", "10 parsecs", "10GB"), ("--max-size", "-1GB", "10GB")],
)
def test_what_is_no_limit(tmp_path: Path, option: str, value: str, example: str) -> None:
    finished = run_mpk("cache", "prune", option, value, cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (
        2,
        f"error: {option} '{value}' is not what it should be; expected such as {example}\n",
    )


@contextlib.contextmanager
def running(code: str, *arguments: str, env: dict[str, str] | None = None) -> Iterator[None]:
    """A Python process that has said something, for as long as a block runs."""
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **(env or {})},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield
        process.communicate(b"\n")
