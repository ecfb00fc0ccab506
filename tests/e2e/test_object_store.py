"""A package in an object store: a real S3 server on loopback, and a store whose library is not installed."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from support import run_mpk

from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.uris.buckets import Folder
from mpk_build.package.uris.fetching import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVER = "moto[s3,server]==5.2.5"
TEXT = "flavors: {python_function: {loader_module: m, code: code}}\n"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a bucket that is empty."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen([_moto(), "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
        while process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        for name, value in (
            ("AWS_ACCESS_KEY_ID", "me"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "us-east-1"),
        ):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        import s3fs

        s3fs.S3FileSystem(endpoint_url=f"http://127.0.0.1:{port}").mkdir("models")
        yield "s3://models"
        process.terminate()
        process.wait()


def test_a_package_is_fetched_once_and_again_when_it_is_another(bucket: str, tmp_path: Path) -> None:
    files = {"MLmodel": TEXT, "code/m.py": "VALUE = 1\n", "code/empty.py": ""}
    for name, text in files.items():
        (tmp_path / "package" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "package" / name).write_text(text)
    package = tmp_path / "package"
    sent = {one.relative_to(package).as_posix(): one for one in package.rglob("*") if one.is_file()}
    Folder(f"{bucket}/churn/1").upload(sent)

    caches = tmp_path / "caches"
    first = folder_of(f"{bucket}/churn/1", lambda: caches)
    assert {name: (first / name).read_text() for name in files} == files
    written = (first / "MLmodel").stat().st_mtime_ns
    assert folder_of(f"{bucket}/churn/1/", lambda: caches) == first
    assert (first / "MLmodel").stat().st_mtime_ns == written
    (package / "code" / "m.py").write_text("VALUE = 2\n")
    Folder(f"{bucket}/churn/1").upload(sent)
    assert (folder_of(f"{bucket}/churn/1", lambda: caches) / "code" / "m.py").read_text() == "VALUE = 2\n"

    messages = {
        f"{bucket}/churn": f"{bucket}/churn is no model package: it has no file MLmodel",
        f"{bucket}/none": f"{bucket}/none is no model package: it has no file MLmodel",
    }
    for uri, message in messages.items():
        with pytest.raises(UsageError) as caught:
            folder_of(uri, lambda: caches)
        assert caught.value.message == message


def test_a_store_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("MLFLOW_S3_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(MachineError) as caught:
        folder_of("s3://models/a", lambda: tmp_path)
    assert caught.value.message == "s3://models/a can't be read or written: EndpointConnectionError"


def test_a_store_whose_library_is_not_installed(tmp_path: Path) -> None:
    done = run_mpk("inspect", "az://models/churn", cwd=tmp_path, env={"MPK_CACHE": str(tmp_path / "store")})
    assert (done.returncode, done.stdout, done.stderr) == (
        3,
        "",
        "error: az://models/churn needs the library adlfs, which is not installed\n hint: pip install 'mpk-build[az]'\n",
    )


def _moto() -> Path:
    """The server's program, in an environment of its own that is made once."""
    folder = Path(tempfile.gettempdir(), f"mpk-test-moto-{os.getuid()}")
    folder.mkdir(mode=0o700, exist_ok=True)
    program = folder / "environment" / "bin" / "moto_server"
    uv = [sys.executable, "-m", "uv", "--quiet"]
    with FileLock(folder / "lock"):
        if not (folder / "complete").is_file():
            subprocess.run([*uv, "venv", "--no-project", "--clear", folder / "environment"], check=True)
            python = folder / "environment" / "bin" / "python"
            subprocess.run([*uv, "pip", "install", "--python", python, SERVER], check=True)
            (folder / "complete").touch()
    return program
