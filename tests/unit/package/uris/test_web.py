"""Archives with a package, fetched from a real server on loopback: once, and nothing gets out of its folder."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import tarfile
import textwrap
import threading
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests
import tiny
from requests.structures import CaseInsensitiveDict

from mpk_build.foundation.errors import MachineError, MpkError, UsageError
from mpk_build.package.uris import archives
from mpk_build.package.uris.fetching import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = "flavors: {python_function: {loader_module: m}}\n"


class Site:
    """A folder on the web, and the requests for it that were answered."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sent: list[str] = []
        site = self

        class Handler(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments: object) -> None:
                super().__init__(*arguments, directory=str(folder))  # type: ignore[arg-type]  # as the base class has it

            def log_request(self, code: object = "-", _: object = "-") -> None:
                site.sent.append(f"{self.command} {self.path} {code}")

            def log_error(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    folder = tmp_path / "site"
    folder.mkdir()
    made = Site(folder)
    yield made
    made.server.shutdown()
    made.server.server_close()


def zipped(path: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def test_an_archive_is_fetched_once_and_again_when_it_is_another(site: Site, tmp_path: Path) -> None:
    zipped(site.folder / "m.zip", {"MLmodel": TEXT, "code/m.py": "a"})
    uri = f"{site.address}/m.zip?signature=secret"
    first = folder_of(uri, lambda: tmp_path)
    assert sorted(one.relative_to(first).as_posix() for one in first.rglob("*") if one.is_file()) == [
        "MLmodel",
        "code/m.py",
    ]
    assert folder_of(uri, lambda: tmp_path) == first
    zipped(site.folder / "m.zip", {"MLmodel": TEXT, "code/m.py": "another"})
    second = folder_of(uri, lambda: tmp_path)
    assert (second / "code" / "m.py").read_text() == "another"
    assert (first / "code" / "m.py").read_text() == "a"
    assert b"secret" not in b"".join(one.read_bytes() for one in (tmp_path / "models").rglob("*") if one.is_file())


def test_what_somebody_changed_is_fetched_again(site: Site, tmp_path: Path) -> None:
    zipped(site.folder / "m.zip", {"MLmodel": TEXT, "code/m.py": "a"})
    folder = folder_of(f"{site.address}/m.zip", lambda: tmp_path)
    (folder / "code" / "m.py").write_text("b")
    (folder / "MLmodel").unlink()
    assert folder_of(f"{site.address}/m.zip", lambda: tmp_path) == folder
    assert ((folder / "code" / "m.py").read_text(), (folder / "MLmodel").read_text()) == ("a", TEXT)


def test_an_archive_that_is_named_by_its_digest_needs_no_network_twice(site: Site, tmp_path: Path) -> None:
    with tarfile.open(site.folder / "m.tar.gz", "w:gz") as archive:
        info = tarfile.TarInfo("./top/MLmodel")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT.encode()))
    digest = hashlib.sha256((site.folder / "m.tar.gz").read_bytes()).hexdigest()
    uri = f"{site.address}/m.tar.gz#sha256={digest}"
    folder = folder_of(uri, lambda: tmp_path)
    assert (folder / "MLmodel").read_text() == TEXT
    assert folder_of(uri, lambda: tmp_path) == folder
    assert site.sent == ["GET /m.tar.gz 200"]
    with pytest.raises(UsageError) as caught:
        folder_of(f"{site.address}/m.tar.gz#sha256={'0' * 64}", lambda: tmp_path)
    assert caught.value.message == f"{site.address}/m.tar.gz is another file than asked for; its sha256 is {digest}"


def _zip_with_link(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("MLmodel")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")


def _tar_with(path: Path, kind: bytes, name: str = "MLmodel") -> None:
    with tarfile.open(path, "w") as archive:
        info = tarfile.TarInfo(name)
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)


def _bomb(path: Path) -> None:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("MLmodel", "w") as file,
    ):
        file.write(bytes(8 * 2**20))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text("text"), "{uri} is no zip or tar archive; expected one with a package in it"),
        (lambda path: zipped(path, {"a": ""}), "{uri} holds no model package: it has no file MLmodel, at its top or in its only folder"),
        (lambda path: zipped(path, {"../a": ""}), "{uri} holds a file that leads out of it: ../a"),
        (lambda path: zipped(path, {"/a": ""}), "{uri} holds a file that leads out of it: /a"),
        (lambda path: zipped(path, {"a": "", "a/b": ""}), "{uri} holds two files of one name: a"),
        (_zip_with_link, "{uri} holds a link or a special file: MLmodel; expected files and folders"),
        (lambda path: _tar_with(path, tarfile.SYMTYPE), "{uri} holds a link or a special file: MLmodel; expected files and folders"),
        (lambda path: _tar_with(path, tarfile.LNKTYPE), "{uri} holds a link or a special file: MLmodel; expected files and folders"),
        (lambda path: _tar_with(path, tarfile.REGTYPE, "../MLmodel"), "{uri} holds a file that leads out of it: ../MLmodel"),
        (_bomb, "{uri} unpacks to far more than a model; it looks like a bomb"),
    ],
    ids=["text", "empty", "out", "absolute", "twice", "zip-link", "tar-link", "tar-hard-link", "tar-out", "bomb"],
)  # fmt: skip
def test_an_archive_that_is_no_package(
    site: Site, tmp_path: Path, make: object, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "SMALL", 2**20)
    make(site.folder / "m")  # type: ignore[operator]  # one of the functions above
    before = set(tmp_path.iterdir())
    with pytest.raises(MpkError) as caught:
        folder_of(f"{site.address}/m", lambda: tmp_path)
    assert caught.value.message == message.format(uri=f"{site.address}/m")
    assert set(tmp_path.iterdir()) - before == {tmp_path / "models"}
    assert list((tmp_path / "models" / "content").iterdir()) == []


def test_what_is_not_there_and_what_does_not_answer(site: Site, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as absent:
        folder_of(f"{site.address}/none.zip?token=secret", lambda: tmp_path)
    assert absent.value.message == f"there is nothing at {site.address}/none.zip: it answers 404"
    with pytest.raises(MachineError) as dead:
        folder_of("http://user:secret@127.0.0.1:1/m.zip?token=secret", lambda: tmp_path)
    assert dead.value.message == "http://127.0.0.1:1/m.zip can't be reached: ConnectionError"


def test_what_is_here_stays_where_it_is(tmp_path: Path) -> None:
    assert folder_of("dist/model", lambda: tmp_path) == Path("dist/model")
    assert folder_of("file:///a/b%20c", lambda: tmp_path) == Path("/a/b c")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("file://other/a", "file://other/a names the machine other; expected file:///FOLDER"),
        ("ftp://user:secret@host/a?b", "'ftp://host/a' is of no kind of URI that mpk knows"),
        ("https://host/a.zip#md5=1", "https://host/a.zip ends in something else than #sha256= and 64 digits"),
        ("models:/toy", "'models:/toy' names no model; expected models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/STAGE, models:/m-ID or runs:/RUN/PATH"),
        ("runs:/abc", "'runs:/abc' names no model; expected models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/STAGE, models:/m-ID or runs:/RUN/PATH"),
        ("models:/toy/newest", "'newest' in models:/toy/newest is neither a version nor a stage; expected models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME/STAGE, models:/m-ID or runs:/RUN/PATH"),
    ],
)  # fmt: skip
def test_what_names_nothing(uri: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    with pytest.raises(UsageError) as caught:
        folder_of(uri, lambda: tmp_path)
    assert caught.value.message == message


@pytest.mark.parametrize("address", [None, "sqlite:///user:secret@db"])
def test_a_tracking_server_has_to_be_named(
    address: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if address:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    with pytest.raises(UsageError) as caught:
        folder_of("models:/toy/1", lambda: tmp_path)
    found = "names no server" if address else "is not set"
    assert caught.value.message == f"MLFLOW_TRACKING_URI {found}; expected the address of an MLflow server"
    assert caught.value.hint == "export MLFLOW_TRACKING_URI=http://HOST:PORT"


def test_a_manifest_names_a_package_that_lies_there(site: Site, tmp_path: Path) -> None:
    package = {
        "MLmodel": "flavors: {python_function: {loader_module: steps, code: code, data: data.txt}}\n"
        "saved_input_example_info: {artifact_path: input_example.json, type: json_object}\n",
        "requirements.txt": "",
        "input_example.json": "[1, 2]",
        "data.txt": "step",
    }
    code = """
        class Steps:
            def predict(self, numbers):
                return [number + %d for number in numbers]

        def _load_pyfunc(path):
            return Steps()
    """
    zipped(site.folder / "m.zip", {**package, "code/steps.py": textwrap.dedent(code % 1)})
    os.utime(site.folder / "m.zip", (1, 1))
    manifest = f"name: tiny\nmodel: {{path: '{site.address}/m.zip?key=hunter2'}}\ntargets: {{model: {{}}}}\n"
    project = tiny.write_tiny(tmp_path / "project", {"mpk.yaml": manifest})
    first = tiny.build(project, tmp_path / "store")
    assert first.ok, first
    assert [file.name for file in (project / "dist/model/code").rglob("*.py")] == ["steps.py"]
    assert tiny.ran(tiny.build(project, tmp_path / "store")) == []
    zipped(site.folder / "m.zip", {**package, "code/steps.py": textwrap.dedent(code % 10)})
    assert tiny.ran(tiny.build(project, tmp_path / "store"))[:1] == ["infer-env"]
    assert "+ 10" in (project / "dist/model/code/steps.py").read_text()
    kept = [*(project / "dist/model").rglob("*"), *(tmp_path / "store").rglob("*.json")]
    assert not [file for file in kept if file.is_file() and b"hunter2" in file.read_bytes()]


def _answering(monkeypatch: pytest.MonkeyPatch, **answers: object) -> list[str]:
    """Every request is answered so; returns the addresses that are asked."""
    asked: list[str] = []

    def send(_: object, request: requests.PreparedRequest, **_options: object) -> requests.Response:
        asked.append(str(request.url))
        answer = requests.Response()
        answer.request, answer.url, answer.raw = request, str(request.url), io.BytesIO()
        for name, value in answers.items():
            setattr(answer, name, value)
        return answer

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    return asked


@pytest.mark.parametrize("uri", ["https://example.com/m.zip?signature=secret", "models:/m/1"])
def test_nothing_leads_from_https_to_http(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://example.com")
    location = CaseInsensitiveDict({"Location": "http://example.com/other?signature=secret"})
    asked = _answering(monkeypatch, status_code=302, headers=location)
    with pytest.raises(UsageError) as raised:
        folder_of(uri, lambda: tmp_path)
    assert str(raised.value.message).endswith("leads to http://example.com/other, which is not https")
    assert "secret" not in str(raised.value)
    assert len(asked) == 1


def test_a_server_that_is_no_mlflow_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://user:secret@example.com")
    _answering(monkeypatch, status_code=200, _content=b"{}")
    with pytest.raises(MachineError) as raised:
        folder_of("models:/m/1", lambda: tmp_path)
    assert raised.value.message == "https://example.com does not answer as an MLflow server does"


def test_an_address_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as raised:
        folder_of("https://user:secret@[x/m.zip", lambda: tmp_path)
    assert raised.value.message == "a URI of the scheme https can't be read: Invalid IPv6 URL"
