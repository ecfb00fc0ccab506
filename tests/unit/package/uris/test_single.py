"""Artifacts that lie elsewhere: fetched from a real server on loopback, once, and again when they have changed."""

from __future__ import annotations

import hashlib
import http.server
import os
import threading
from typing import TYPE_CHECKING

import pytest
import tiny

from mpk_build.foundation.errors import ManifestError, MpkError
from mpk_build.manifest.loading import load_project
from mpk_build.package.uris.single import path_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = """\
name: tiny
model:
  entrypoint: "model:Model"
  artifacts: {norms: "%s"}
requirements: {source: requirements.txt}
input_example: [1]
targets: {model: {}}
"""
MODEL = """\
class Model:
    def load_context(self, context):
        self.norms = open(context.artifacts["norms"]).read()

    def predict(self, context, rows):
        return [self.norms]
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str, list[str]]]:
    """A folder on the web, its address, and the requests for it."""
    folder, asked = tmp_path / "site", []
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *arguments: object) -> None:
            super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]  # as the base class has it

        def log_request(self, code: object = "-", _: object = "-") -> None:
            asked.append(f"{self.path} {code}")

        def log_error(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield folder, f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_a_file_on_the_web_is_kept_as_it_is(site: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    folder, address, _asked = site
    (folder / "a b.zip").write_bytes(b"no archive")
    found = path_of(f"{address}/a%20b.zip?signed=secret", lambda: tmp_path)
    assert (found.name, found.read_bytes()) == ("a b.zip", b"no archive")
    inode = found.stat().st_ino
    assert path_of(f"{address}/a%20b.zip?signed=another", lambda: tmp_path).stat().st_ino == inode
    (folder / "a b.zip").write_bytes(b"changed")
    assert path_of(f"{address}/a%20b.zip", lambda: tmp_path).read_bytes() == b"changed"
    kept = "".join(file.read_text() for file in (tmp_path / "models/known").glob("*.json"))
    assert "secret" not in kept


def test_what_is_pinned_is_asked_for_once(site: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    folder, address, asked = site
    (folder / "n.json").write_text("{}")
    pinned = f"{address}/n.json#sha256={hashlib.sha256(b'{}').hexdigest()}"
    assert [path_of(pinned, lambda: tmp_path).read_text() for _ in range(2)] == ["{}", "{}"]
    assert asked == ["/n.json 200"]
    (folder / "n.json").write_text("[]")
    wrong = f"{address}/n.json#sha256={'0' * 64}"
    with pytest.raises(MpkError) as error:
        path_of(wrong, lambda: tmp_path)
    assert (
        str(error.value)
        == f"{address}/n.json is another file than asked for; its sha256 is {hashlib.sha256(b'[]').hexdigest()}"
    )


def test_what_is_not_there_is_told(site: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    for uri, message in (
        (f"{site[1]}/nowhere.bin?key=secret", f"there is nothing at {site[1]}/nowhere.bin: it answers 404"),
        (f"file://{tmp_path}/nowhere.bin", f"there is nothing at file://{tmp_path}/nowhere.bin"),
    ):
        with pytest.raises(MpkError) as error:
            path_of(uri, lambda: tmp_path)
        assert str(error.value) == message


def test_a_file_of_this_machine_is_taken_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "n.json").write_text("{}")
    assert path_of(f"file://{tmp_path}/n.json", lambda: tmp_path) == tmp_path / "n.json"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("ftp://a/b", "found 'ftp://a/b'; expected a path, file:, https://, s3://, gs:// or az:// for an artifact"),
        ("https://u:p@a/b", "an address with a password in it; expected that in ~/.netrc or the cloud's own variables"),
        ("https://a/?key=1", "https://a/ does not end in the name of a file or folder"),
    ],
)
def test_an_address_that_can_t_be_one_is_refused(uri: str, message: str, tmp_path: Path) -> None:
    tiny.write_tiny(tmp_path, {"mpk.yaml": MANIFEST % uri, "model.py": MODEL})
    with pytest.raises(ManifestError) as error:
        load_project(tmp_path / "mpk.yaml")
    assert str(error.value).splitlines()[0].endswith(f": model.artifacts.norms: {message}")


def test_a_build_follows_what_lies_there(site: tuple[Path, str, list[str]], tmp_path: Path) -> None:
    folder, address, _asked = site
    (folder / "norms.txt").write_text("one")
    os.utime(folder / "norms.txt", (1, 1))
    project = tiny.write_tiny(tmp_path / "project", {"mpk.yaml": MANIFEST % f"{address}/norms.txt", "model.py": MODEL})
    first = tiny.build(project, tmp_path / "store")
    assert first.ok, first
    assert (project / "dist/model/artifacts/norms/norms.txt").read_text() == "one"
    assert tiny.ran(tiny.build(project, tmp_path / "store")) == []
    (folder / "norms.txt").write_text("two")
    assert tiny.ran(tiny.build(project, tmp_path / "store"))[:1] == ["infer-env"]
    assert (project / "dist/model/artifacts/norms/norms.txt").read_text() == "two"
    assert address not in (project / "dist/model/MLmodel").read_text()
