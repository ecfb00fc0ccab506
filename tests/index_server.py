"""A package index on this machine, over a folder of wheels and source distributions; and wheels to put there.

Answers the simple repository API as HTML (PEP 503) and as JSON (PEP 691, with the upload times of PEP 700), perhaps
behind a password.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import json
import re
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_JSON = "application/vnd.pypi.simple.v1+json"
_METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"


@dataclass
class Index:
    """An index that answers at ``url``, which ends in ``/simple``.

    Attributes:
        folder: Its files; what is added while it runs is served.
        yanked: File name to the reason.
        uploaded: File name to the time of its upload, such as ``2026-01-31T00:00:00Z``.
        credentials: User and password that it asks for, or None.
        port: Where it listens on 127.0.0.1.
        asked: The paths that it was asked for, in order.
    """

    folder: Path
    yanked: dict[str, str] = field(default_factory=dict)
    uploaded: dict[str, str] = field(default_factory=dict)
    credentials: tuple[str, str] | None = None
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The index without credentials."""
        return f"http://127.0.0.1:{self.port}/simple"

    @property
    def url_with_credentials(self) -> str:
        """The index as a person may write it into a variable."""
        user, password = self.credentials or ("", "")
        return f"http://{user}:{password}@127.0.0.1:{self.port}/simple"

    def file_url(self, name: str) -> str:
        """Where one of its files is."""
        return f"http://127.0.0.1:{self.port}/files/{name}"


@contextlib.contextmanager
def serve(
    folder: Path,
    *,
    yanked: Mapping[str, str] | None = None,
    uploaded: Mapping[str, str] | None = None,
    credentials: tuple[str, str] | None = None,
) -> Iterator[Index]:
    """Serve a folder as an index for as long as the block runs."""
    index = Index(folder, dict(yanked or {}), dict(uploaded or {}), credentials)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            if index.credentials and self.headers.get("Authorization") != _basic(*index.credentials):
                self._answer(401, "text/plain", b"who are you?")
                return
            status, kind, body = _answer(index, self.path, self.headers.get("Accept", ""))
            self._answer(status, kind, body)

        do_HEAD = do_GET  # noqa: N815 - what the base class calls

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="index"')
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()


def write_wheel(  # noqa: PLR0913 - what a wheel consists of
    folder: Path,
    name: str,
    version: str,
    files: Mapping[str, str] | None = None,
    *,
    requires: Sequence[str] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
    requires_python: str | None = None,
    tag: str = "py3-none-any",
    entry_points: str | None = None,
) -> Path:
    """Write a wheel, the same bytes for the same arguments; by default with one module, which has ``__version__``.

    Args:
        folder: Where; made if it is not there.
        name: The distribution's name.
        version: Its version, perhaps a local one.
        files: Path in the wheel to text.
        requires: What it requires (PEP 508).
        extras: Extra to what it requires.
        requires_python: Such as ``>=3.9``.
        tag: Python, ABI and platform.
        entry_points: The text of ``entry_points.txt``.
    """
    escaped = re.sub(r"[-_.]+", "_", name)
    contents = dict(files if files is not None else {f"{escaped.lower()}.py": f"__version__ = {version!r}\n"})
    info = f"{escaped}-{version}.dist-info"
    metadata = _METADATA.format(name=name, version=version)
    metadata += f"Requires-Python: {requires_python}\n" if requires_python else ""
    metadata += "".join(f"Requires-Dist: {one}\n" for one in requires)
    for extra, ones in (extras or {}).items():
        metadata += f"Provides-Extra: {extra}\n"
        metadata += "".join(f'Requires-Dist: {one}; extra == "{extra}"\n' for one in ones)
    contents |= {f"{info}/METADATA": metadata, f"{info}/WHEEL": _WHEEL.format(tag=tag)}
    if entry_points is not None:
        contents[f"{info}/entry_points.txt"] = entry_points
    contents[f"{info}/RECORD"] = "".join(_row(path, text) for path, text in contents.items()) + f"{info}/RECORD,,\n"
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{escaped}-{version}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in contents.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    return wheel


def _row(path: str, text: str) -> str:
    data = text.encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}\n"


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _answer(index: Index, path: str, accept: str) -> tuple[int, str, bytes]:
    kind, _, name = path.strip("/").partition("/")
    if kind == "files" and (index.folder / name).is_file():
        return 200, "application/octet-stream", (index.folder / name).read_bytes()
    files = [file for file in sorted(index.folder.iterdir()) if _project(file.name) == name and file.is_file()]
    if kind != "simple" or not files:
        return 404, "text/plain", b"there is nothing of that name"
    if _JSON in accept:
        document = {"meta": {"api-version": "1.1"}, "name": name, "files": [_as_json(index, file) for file in files]}
        return 200, _JSON, json.dumps(document).encode()
    return 200, "text/html", "\n".join(_as_html(index, file) for file in files).encode()


def _project(file: str) -> str:
    stem = file.removesuffix(".tar.gz")
    name = stem.rpartition("-")[0] if stem != file else stem.split("-")[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def _as_json(index: Index, file: Path) -> dict[str, object]:
    requires_python = _requires_python(file)
    return {
        "filename": file.name,
        "url": f"/files/{file.name}",
        "hashes": {"sha256": hashlib.sha256(file.read_bytes()).hexdigest()},
        "yanked": index.yanked.get(file.name, False),
        **({"upload-time": index.uploaded[file.name]} if file.name in index.uploaded else {}),
        **({"requires-python": requires_python} if requires_python else {}),
    }


def _as_html(index: Index, file: Path) -> str:
    attributes = f'data-yanked="{index.yanked[file.name]}"' if file.name in index.yanked else ""
    requires_python = _requires_python(file)
    if requires_python:
        attributes += ' data-requires-python="{}"'.format(requires_python.replace("<", "&lt;").replace(">", "&gt;"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f'<a href="/files/{file.name}#sha256={digest}" {attributes}>{file.name}</a>'


def _requires_python(file: Path) -> str | None:
    if file.suffix != ".whl":
        return None
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        [metadata] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        found = re.search(r"^Requires-Python: (.+)$", archive.read(metadata).decode(), re.MULTILINE)
    return found[1] if found else None
