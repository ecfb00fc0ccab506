"""Images on given bases: a local layout, and a real registry."""

from __future__ import annotations

import contextlib
import http.client
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tiny
from e2e.image_support import ARCHITECTURE, MANIFEST, Layout, build, write_project
from endpoints import until

from mpk_build.foundation.errors import StageError
from mpk_build.image import elf, engine, interpreter, registry
from mpk_build.image import layout as layouts
from mpk_build.image.entries import Entry, file_at
from mpk_build.image.libraries import LOADED_BY_NAME, Libraries, Machine, Want, wants_of
from mpk_build.image.served import free_port
from mpk_build.image.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterator

INDEX = "application/vnd.oci.image.index.v1+json"
PYTHON = interpreter.probe(Path(sys.executable))
DESCRIBED = elf.read_file(PYTHON.executable)
assert DESCRIBED is not None
LOADER = DESCRIBED.loader
MACHINE = Machine(DESCRIBED.machine)

Members = dict[str, bytes | str | None]


def c_library() -> Members:
    """What every base has: a C library and its loader, where Debian has them since its folders are merged."""
    shipped = Libraries(Tree(), MACHINE).close([Want("libc.so.6", ""), Want(Path(LOADER).name, "")])
    folder = shipped["libc.so.6"].parent.resolve().as_posix().lstrip("/")
    members: Members = {"lib": "usr/lib", "lib64": "usr/lib64", "etc/os-release": b"ID=toy\n", "tmp": None}
    for name, path in shipped.items():
        members[LOADER.lstrip("/") if name == Path(LOADER).name else f"{folder}/{name}"] = path.read_bytes()
    return {f"usr/{name}" if name.startswith("lib64/") else name: data for name, data in members.items()}


def own_python() -> Members:
    """A Python of the base's own in /usr/local, with a package installed that a model must never see."""
    entries = [
        Entry(entry.path.replace("opt/python", "usr/local"), entry.source, entry.data, entry.link)
        for entry in interpreter.entries(PYTHON)
    ]
    members: Members = {}
    for entry in entries:
        members[entry.path] = entry.link if entry.source is None else entry.source.read_bytes()
    lib = f"usr/local/{PYTHON.platlibdir}/python{PYTHON.minor}"
    members[f"{lib}/site-packages/six.py"] = b"raise ImportError('the base image')\n"
    wants = [
        *wants_of([file_at("usr/local/bin/python", PYTHON.executable)]),
        *(Want(name, "") for name in LOADED_BY_NAME),
    ]
    beside = MACHINE.find("libc.so.6")
    assert beside is not None
    folder = beside.parent.resolve().as_posix().lstrip("/")
    for name, path in Libraries(Tree(), MACHINE).close(wants).items():
        if name != Path(LOADER).name:
            members[f"{folder}/{name}"] = path.read_bytes()
    return members


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    """A base with a C library and no Python."""
    layout = Layout(tmp_path_factory.mktemp("bases") / "bare")
    layout.index(layout.image([c_library()], Env=["FROM_BASE=yes"], User="root", Cmd=["/bin/sh"]))
    return layout


def said_inside(layout: Path, code: str) -> str:
    """What a line of Python prints in the image, run by the engine with the model's libraries on the path."""
    identifier = engine.ensure_loaded(layout, [])
    script = f"import sys, site; site.addsitedir('/opt/env'); {code}"
    command = [
        "docker",
        "run",
        "--rm",
        "--network=none",
        "--entrypoint=/opt/python/bin/python3",
        identifier,
        "-I",
        "-c",
        script,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
    finally:
        subprocess.run(["docker", "rmi", "-f", identifier], capture_output=True, check=False)


@pytest.mark.engine
def test_a_base_without_python_gets_ours_and_the_libraries_it_lacks(bare: Layout, tmp_path: Path, cache: Path) -> None:
    made = build(write_project(tmp_path / "project"), tmp_path / "out", cache, base=str(bare.folder))
    purposes = [one["purpose"] for one in made.facts["layers"]]
    assert purposes == ["base", "interpreter", "dependencies", "server", "weights", "code"]
    assert not {"libc.so.6", Path(LOADER).name} & set(made.facts["libraries"])
    assert made.facts["base"].startswith("sha256:")
    settings = made.image.config["config"]
    assert (settings["User"], settings["Cmd"], "FROM_BASE=yes" in settings["Env"]) == ("65532", [], True)
    code = "import six, ssl, ctypes, os; print(sys.prefix, six.__file__, os.path.islink('/lib'))"
    assert said_inside(tmp_path / "out", code) == "/opt/python /opt/env/six.py True"


@pytest.mark.engine
def test_a_base_with_the_right_python_is_taken_as_it_is(tmp_path: Path, cache: Path) -> None:
    layout = Layout(tmp_path / "base")
    layout.index(layout.image([c_library(), own_python()]))
    made = build(write_project(tmp_path / "project"), tmp_path / "out", cache, base=str(layout.folder))
    assert made.facts["libraries"] == []
    assert [one["purpose"] for one in made.facts["layers"]].count("base") == 2
    code = "import six, os; print(sys.executable, six.__file__, os.__file__)"
    home = f"/usr/local/{PYTHON.platlibdir}/python{PYTHON.minor}"
    assert said_inside(tmp_path / "out", code) == f"/opt/python/bin/python3 /opt/env/six.py {home}/os.py"


def test_libraries_that_such_a_base_lacks_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = Layout(tmp_path / "base")
    layout.index(layout.image([c_library(), own_python()]))
    wants = [Want("libsqlite3.so.0", "opt/env/pkg/fast.so"), Want("libnobody.so.1", "opt/env/pkg/plugin.so")]
    monkeypatch.setattr("mpk_build.image.dependencies.wants_of", lambda _: wants)
    with pytest.raises(StageError) as raised:
        build(write_project(tmp_path / "project"), tmp_path / "out", tmp_path / "own", base=str(layout.folder))
    lines = raised.value.message.splitlines()
    assert lines[0].endswith(" lacks shared libraries that the model needs:")
    assert "  libsqlite3.so.0 (Debian: libsqlite3-0), needed by opt/env/pkg/fast.so" in lines
    assert not any("libnobody" in line for line in lines)
    assert raised.value.hint == "Take a base that has them, or `base: scratch`, which takes them from this machine."
    assert not (tmp_path / "out").exists()


@contextlib.contextmanager
def running_registry(folder: Path) -> Iterator[str]:
    """A real registry on loopback; where it is."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if program is None:
        pytest.skip("no docker-registry on this machine")
    where = f"localhost:{free_port()}"
    settings = folder / "registry.yml"
    settings.write_text(
        "version: 0.1\nlog: {level: error}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder / 'storage'}}}}}\nhttp: {{addr: {where}}}\n"
    )
    with (folder / "registry.log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(settings)], stdout=log, stderr=log)
    try:
        until(lambda: _answers(where), (folder / "registry.log").read_text)
        yield where
    finally:
        process.terminate()
        process.wait()


def _answers(where: str) -> bool:
    connection = http.client.HTTPConnection(where, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    return False


def push(where: str, repository: str, layout: Layout, tags: dict[str, Any]) -> None:
    """Push the blobs of a layout; each tag is a manifest's descriptor or an index."""
    from dxf import DXF

    with DXF(where, repository, insecure=True) as client:
        for blob in layout.blobs.iterdir():
            client.push_blob(str(blob))
        for tag, value in tags.items():
            for one in value.get("manifests", [value]):
                text = (layout.blobs / one["digest"][7:]).read_text()
                client.set_manifest(tag if one is value else one["digest"], text)
            if "manifests" in value:
                client.set_manifest(tag, json.dumps(value))


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, Any]]]:
    folder = tmp_path_factory.mktemp("registry")
    layout = Layout(folder / "layout")
    ours = layout.image([c_library()])
    foreign = layout.image([{"x": b""}], "s390x")
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [foreign, ours]}
    with running_registry(folder) as where:
        push(where, "team/base", layout, {"one": ours, "many": index, "foreign": {**index, "manifests": [foreign]}})
        yield where, ours


def test_a_base_from_a_registry_by_tag_by_index_and_by_digest(
    pushed: tuple[str, dict[str, Any]], tmp_path: Path, cache: Path
) -> None:
    where, ours = pushed
    project = write_project(tmp_path / "project")
    digests = set()
    for number, name in enumerate((":one", ":many", f"@{ours['digest']}")):
        made = build(project, tmp_path / str(number), cache, base=f"{where}/team/base{name}")
        assert made.facts["base"] == f"{where}/team/base@{ours['digest']}"
        digests.add(made.image.digest)
    assert len(digests) == 1
    labels = layouts.describe(tmp_path / "0")["labels"]
    assert labels["org.opencontainers.image.base.name"] == f"{where}/team/base"
    assert labels["org.opencontainers.image.base.digest"] == ours["digest"]
    assert registry.resolve(registry.parse(f"{where}/team/base:many")) == ours["digest"]


def test_what_was_pulled_is_checked_and_pulled_again_when_it_is_damaged(
    pushed: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    where, _ = pushed
    reference = registry.parse(f"{where}/team/base:one")
    manifest, _ = registry.pull(reference, tmp_path)
    blob = tmp_path / "blobs" / "sha256" / manifest["layers"][0]["digest"][7:]
    before = blob.read_bytes()
    blob.write_bytes(before[:100])
    registry.pull(reference, tmp_path)
    assert blob.read_bytes() == before


def test_a_tag_that_moved_is_noticed(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    folder = tmp_path_factory.mktemp("moving")
    layout = Layout(folder / "layout")
    first, second = layout.image([c_library()]), layout.image([c_library(), {"etc/more": b"x"}])
    with running_registry(folder) as where:
        push(where, "team/base", layout, {"moving": first})
        manifest = f"{tiny.MANIFEST.split('targets')[0]}targets: {{image: {{base: '{where}/team/base:moving'}}}}\n"
        project = tiny.write_tiny(tmp_path / "project", {"mpk.yaml": manifest})
        one = tiny.build(project, tmp_path / "store")
        assert (one.error, one.stages[-1].facts["base"]) == (None, f"{where}/team/base@{first['digest']}")
        assert tiny.ran(tiny.build(project, tmp_path / "store")) == []
        push(where, "team/base", layout, {"moving": second})
        two = tiny.build(project, tmp_path / "store")
        assert (two.stages[-1].why, two.stages[-1].facts["base"]) == (
            "the input 'base' changed",
            f"{where}/team/base@{second['digest']}",
        )
        (project / "mpk.yaml").write_text(manifest.replace(":moving", ":absent"))
        absent = tiny.build(project, tmp_path / "store").error
        assert absent is not None
        assert absent.message == f"The registry does not give {where}/team/base:absent: 404 Not Found."


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("team/base:absent", "The registry does not give {where}/team/base:absent: 404 Not Found."),
        ("team/other", "The registry does not give {where}/team/other:latest: 404 Not Found."),
        ("team/base:foreign", "{where}/team/base:foreign holds no image for linux/{architecture}; one is needed."),
    ],
)
def test_what_a_registry_has_not(pushed: tuple[str, dict[str, Any]], tmp_path: Path, name: str, expected: str) -> None:
    where, _ = pushed
    with pytest.raises(StageError) as raised:
        registry.pull(registry.parse(f"{where}/{name}"), tmp_path)
    assert raised.value.message == expected.format(where=where, architecture=ARCHITECTURE)


def test_what_this_writes_is_read_by_others(bare: Layout, tmp_path: Path, cache: Path) -> None:
    skopeo = shutil.which("skopeo")
    if skopeo is None:
        pytest.skip("no skopeo on this machine")
    made = build(write_project(tmp_path / "project"), tmp_path / "out", cache, base=str(bare.folder))
    done = subprocess.run(
        [skopeo, "inspect", f"oci:{tmp_path / 'out'}:latest"], capture_output=True, text=True, check=True
    )
    said = json.loads(done.stdout)
    assert (said["Digest"], said["Os"]) == (made.image.digest, "linux")
    assert said["Layers"] == [one["digest"] for one in made.facts["layers"]]
    assert made.image.manifest["mediaType"] == MANIFEST
