"""The files of an image answer, in the engine and without one, and nothing stays behind."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from e2e.image_support import build, write_project
from endpoints import Endpoint, until

from mpk_build.foundation.errors import MachineError
from mpk_build.image import engine, rootfs
from mpk_build.image.layout import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mpk_build.image.served import Served

# What a process in the image can see and do, asked from inside.
INSIDE = """
import json, os, socket, sys
class Model:
    def predict(self, model_input):
        if model_input[0] == "import":
            import importlib
            for name in model_input[1]:
                importlib.import_module(name)
            return len(model_input[1])
        status = dict(line.split(":\\t", 1) for line in open("/proc/self/status") if ":\\t" in line)
        def writes(path):
            try:
                open(path, "w").close()
            except OSError as error:
                return error.strerror
            return "written"
        return {
            "user": [os.getuid(), os.getgid()],
            "capabilities": int(status["CapEff"], 16) | int(status["CapBnd"], 16),
            "no_new_privileges": status["NoNewPrivs"].strip(),
            "prefix": sys.prefix,
            "executable": sys.executable,
            "writes": [writes(path) for path in ("/opt/model/x", "/etc/passwd", "/tmp/x")],
            "folders": sorted(os.listdir("/")),
            "name": socket.getaddrinfo("localhost", 80)[0][4][0],
            "variables": sorted(set(os.environ) & {"HOME", "LANG", "PATH", "MPK_SECRET"}),
        }
"""


def make(folder: Path, cache: Path, code: str = INSIDE) -> Path:
    """The layout of a small image."""
    project = write_project(folder / "project")
    (project / "model" / "code" / "toy.py").write_text(code)
    build(project, folder / "layout", cache)
    return folder / "layout"


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Path]:
    made = make(tmp_path_factory.mktemp("image"), cache)
    yield made
    forget(made)


@pytest.fixture
def broken(tmp_path: Path, cache: Path) -> Iterator[Path]:
    made = make(tmp_path / "broken", cache, "raise RuntimeError('no weights')\n")
    yield made
    forget(made)


def forget(layout: Path) -> None:
    if engine.probe()["kind"] == "docker":
        docker("rmi", "-f", read(layout).config_digest)


def docker(*arguments: str) -> str:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def containers(layout: Path) -> set[str]:
    """Those of one image, for other builds on this machine may be tested at the same time."""
    image = read(layout).config_digest
    return set(docker("ps", "-aq", "--filter", "label=mpk.purpose=smoke-test", "--filter", f"ancestor={image}").split())


def serving(kind: str, layout: Path, folder: Path) -> AbstractContextManager[Served]:
    log = folder / "log"
    return engine.serve_container(layout, log) if kind == "docker" else rootfs.serve_rootfs(layout, folder, log)


def ask(served: Served, *values: object) -> object:
    """What the model answers, once it is ready."""
    endpoint = Endpoint.__new__(Endpoint)
    endpoint.url = served.url

    def ready() -> bool:
        assert served.is_running(), served.logs()
        with contextlib.suppress(OSError):
            return endpoint.ask("GET", "/ping").status == 200
        return False

    until(ready, served.logs)
    answer = endpoint.predict(*values)
    assert answer.status == 200, answer.body
    return answer.document["predictions"]


def works(*command: str) -> bool:
    """Whether a sandbox can be made here; in some containers it can't."""
    return bool(shutil.which(command[0])) and not subprocess.run(command, capture_output=True, check=False).returncode


needs_bubblewrap = pytest.mark.skipif(
    not works("bwrap", "--unshare-all", "--uid", "1", "--ro-bind", "/", "/", "--proc", "/proc", "true"),
    reason="bubblewrap is not here or may not make namespaces",
)
needs_unshare = pytest.mark.skipif(
    not works(
        "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "mount", "-t", "tmpfs", "x", "/mnt"
    ),
    reason="namespaces can't be made here",
)
KINDS = [pytest.param("docker", marks=pytest.mark.engine), pytest.param("rootfs", marks=needs_bubblewrap)]


@pytest.mark.parametrize("kind", KINDS)
def test_it_answers_with_few_rights(kind: str, layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPK_SECRET", "s3cret")
    before = containers(layout) if kind == "docker" else set()
    with serving(kind, layout, tmp_path) as served:
        seen = ask(served, "look")
        memory = served.memory_bytes()
        assert served.is_running()
        assert "Listening on " in served.logs()
        assert served.how == (f"docker {engine.probe()['version']}" if kind == "docker" else "bubblewrap")
    assert isinstance(seen, dict)
    folders = set(seen.pop("folders"))
    assert folders <= {"dev", "etc", "lib", "lib64", "opt", "proc", "run", "sys", "tmp", "usr", ".dockerenv"}
    assert seen == {
        "user": [65532, 65532],
        "capabilities": 0,
        "no_new_privileges": "1",
        "prefix": "/opt/python",
        "executable": "/opt/python/bin/python3",
        "writes": ["Read-only file system", "Read-only file system", "written"],
        "name": seen["name"],
        "variables": ["HOME", "LANG", "PATH"],
    }
    assert memory is not None
    assert 5e6 < memory < 500e6
    assert "Listening on " in (tmp_path / "log").read_text()
    assert not served.is_running() if kind == "rootfs" else containers(layout) == before
    assert not (tmp_path / "rootfs").exists()


@needs_bubblewrap
def test_every_extension_of_the_standard_library_finds_its_libraries(layout: Path, tmp_path: Path) -> None:
    with rootfs.serve_rootfs(layout, tmp_path, tmp_path / "log") as served:
        loaded = tmp_path / "rootfs" / "opt" / "python"
        names = sorted(path.name.partition(".")[0] for path in loaded.glob("lib*/python3*/lib-dynload/*.so"))
        assert ask(served, "import", names) == len(names)
        assert not {"_tkinter", "_testcapi"} & set(names)


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_that_does_not_load_is_told_and_cleared_away(kind: str, broken: Path, tmp_path: Path) -> None:
    before = containers(broken) if kind == "docker" else set()
    with serving(kind, broken, tmp_path) as served:
        until(lambda: not served.is_running(), served.logs)
        assert "RuntimeError: no weights" in served.logs()
    assert "RuntimeError: no weights" in (tmp_path / "log").read_text()
    assert kind != "docker" or containers(broken) == before


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_in_the_block_clears_away_too(kind: str, layout: Path, tmp_path: Path) -> None:
    before = containers(layout) if kind == "docker" else set()
    with pytest.raises(ZeroDivisionError), serving(kind, layout, tmp_path):
        raise ZeroDivisionError
    assert kind != "docker" or containers(layout) == before
    assert not (tmp_path / "rootfs").exists()


@pytest.mark.parametrize("kind", KINDS)
def test_a_stage_that_is_ended_clears_away_too(kind: str, layout: Path, tmp_path: Path) -> None:
    before = containers(layout) if kind == "docker" else set()
    script = (
        "import sys, time; from pathlib import Path; from mpk_build.image import engine, rootfs\n"
        "kind, layout, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])\n"
        "log = folder / 'log'\n"
        "one = engine.serve_container(layout, log) if kind == 'docker' else rootfs.serve_rootfs(layout, folder, log)\n"
        "with one as served:\n    print('up', flush=True); time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, kind, str(layout), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) != 0
    assert kind != "docker" or containers(layout) == before
    assert not (tmp_path / "rootfs").exists()


@needs_unshare
def test_without_bubblewrap_namespaces_do(layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _only(tmp_path, monkeypatch, "unshare", "sh", "mount", "chroot")
    with rootfs.serve_rootfs(layout, tmp_path, tmp_path / "log") as served:
        assert served.how == "unshare"
        seen = ask(served, "look")
        assert isinstance(seen, dict)
        assert "home" not in seen["folders"]


def test_a_machine_that_can_run_nothing_is_told(layout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _only(tmp_path, monkeypatch)
    with pytest.raises(MachineError) as raised, rootfs.serve_rootfs(layout, tmp_path, tmp_path / "log"):
        pass
    assert raised.value.message == (
        "Nothing on this machine can run the image: bwrap is not installed; unshare is not installed."
    )
    assert raised.value.hint == "Install bubblewrap, or start Docker."


def _only(folder: Path, monkeypatch: pytest.MonkeyPatch, *programs: str) -> None:
    """Leave only some programs on the path."""
    (folder / "bin").mkdir()
    for name in programs:
        found = shutil.which(name)
        assert found is not None
        (folder / "bin" / name).symlink_to(found)
    monkeypatch.setenv("PATH", str(folder / "bin"))


@pytest.mark.engine
def test_the_engine_gets_it_once_and_under_every_name(layout: Path) -> None:
    names = ["mpk-test/loaded:one", "mpk-test/loaded:two"]
    try:
        first = engine.ensure_loaded(layout, names[:1])
        assert engine.ensure_loaded(layout, names) == first
        for name in names:
            assert docker("image", "inspect", "--format", "{{.Id}}", name) == first
        described = json.loads(docker("image", "inspect", first))[0]
        assert described["Config"]["User"] == "65532"
        assert described["RootFS"]["Layers"] == read(layout).config["rootfs"]["diff_ids"]
    finally:
        docker("rmi", *names)


@pytest.mark.engine
def test_the_image_runs_as_it_is(layout: Path) -> None:
    identifier = engine.ensure_loaded(layout, ["mpk-test/plain:latest"])
    try:
        code = "import os, sys; print(sys.version_info[:2], os.getuid(), os.getcwd())"
        python = "/opt/python/bin/python3"
        said = docker("run", "--rm", "--network=none", "--entrypoint", python, identifier, "-I", "-c", code)
        assert said == f"{sys.version_info[:2]} 65532 /opt/model"
    finally:
        docker("rmi", "mpk-test/plain:latest")


def test_no_engine_is_an_error_with_a_way_out(layout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    with pytest.raises(MachineError) as raised:
        engine.ensure_loaded(layout, ["mpk-test/none:latest"])
    assert raised.value.message == "No container engine answers at unix:///nowhere/docker.sock."
    assert raised.value.hint == "Start Docker, or point DOCKER_HOST at an engine that answers."
