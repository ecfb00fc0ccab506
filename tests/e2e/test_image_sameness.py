"""The same inputs give the same image: elsewhere, later, for another user, in another language and time zone."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from e2e.image_support import build, write_project
from support import PROJECT

from mpk_build.image.layout import read

NOBODY = 65534
_START = ("sh", "-c", 'umask 077; exec "$@"', "sh")
# For machines where this Python lies in a home folder that others can't enter: another user, who may read it.
_READ_ALL = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")


def elsewhere(folder: Path, **environment: str) -> dict[str, object]:
    """The facts of the image that another user makes of a copy of the project."""
    write_project(folder / "project")
    for path in (folder / "project").rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    places = [folder / "project", folder / "out", folder / "cache", Path(sys.executable)]
    user = ("--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
    script = PROJECT / "tests" / "e2e" / "image_support.py"
    command = ["setpriv", *user, *_allowed(user), *_START, sys.executable, "-B", str(script)]
    done = subprocess.run(
        [*command, *map(str, places)],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": f"{PROJECT}:{PROJECT / 'tests'}",
            "HOME": str(folder / "home"),
            "UV_CACHE_DIR": str(folder / "uv"),
            **environment,
        },
    )
    assert done.returncode == 0, done.stderr
    facts: dict[str, object] = json.loads(done.stdout)
    return facts


def _allowed(user: tuple[str, ...]) -> tuple[str, ...]:
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user")
    for more in ((), _READ_ALL):
        command = ["setpriv", *user, *more, *_START, sys.executable, "-c", ""]
        if not subprocess.run(command, capture_output=True, check=False).returncode:
            return more
    pytest.skip("no other user can run this Python")


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that other users can reach."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent != Path("/"):
            parent.chmod(parent.stat().st_mode | 0o011)
    return folder


def test_another_user_elsewhere_and_later(tmp_path: Path, open_folder: Path) -> None:
    ours = build(write_project(tmp_path / "project"), tmp_path / "out", tmp_path / "cache")
    theirs = elsewhere(open_folder, TZ="Asia/Tokyo", LANG="tr_TR.UTF-8", PYTHONHASHSEED="99")
    assert theirs == {**ours.facts, "layers": [{**one, "cached": False} for one in ours.facts["layers"]]}
    assert (open_folder / "out" / "index.json").stat().st_uid == NOBODY
    assert _content(open_folder / "out") == _content(tmp_path / "out")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def test_a_warm_cache_gives_the_same_and_reuses_all_but_what_changed(tmp_path: Path, cache: Path) -> None:
    project = write_project(tmp_path / "project")
    first = build(project, tmp_path / "first", cache)
    again = build(project, tmp_path / "again", cache)
    assert _content(tmp_path / "again") == _content(tmp_path / "first")
    assert {one["cached"] for one in again.facts["layers"]} == {True}
    (project / "model" / "weights.bin").write_bytes(b"trained again")
    assert _made(build(project, tmp_path / "trained", cache)) == ["weights"]
    code = project / "model" / "code" / "toy.py"
    code.write_text(code.read_text() + "# changed\n")
    assert _made(build(project, tmp_path / "edited", cache)) == ["code"]
    lock = project / "pylock.toml"
    lock.write_text("# another comment\n" + lock.read_text())
    assert _made(build(project, tmp_path / "commented", cache)) == []
    lock.write_text(lock.read_text().partition('[[packages]]\nname = "six"')[0])
    assert _made(build(project, tmp_path / "relocked", cache)) == ["dependencies"]
    assert [one["purpose"] for one in first.facts["layers"]] == [
        "interpreter",
        "dependencies",
        "server",
        "weights",
        "code",
    ]


def test_the_time_is_that_of_the_source(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = write_project(tmp_path / "project")
    plain = build(project, tmp_path / "plain", cache)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    dated = build(project, tmp_path / "dated", cache)
    assert plain.image.config["created"] == "1970-01-01T00:00:00Z"
    assert dated.image.config["created"] == "2023-11-14T22:13:20Z"
    assert dated.image.digest != plain.image.digest
    assert dated.image.manifest["layers"] == plain.image.manifest["layers"]
    assert read(tmp_path / "dated") == dated.image


def _content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _made(assembled: object) -> list[str]:
    return [one["purpose"] for one in assembled.facts["layers"] if not one["cached"]]  # type: ignore[attr-defined]
