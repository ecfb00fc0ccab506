"""``mpk lock``: what it keeps, what it upgrades, what it checks, and that no password of an index is written anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from e2e.projects import Project, write_project
from index_server import Index, serve, write_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator

MODEL = "import top\n\ndef predict(values):\n    return [value + 1 for value in values]\n"
PASSWORD = "s3cret-word"  # noqa: S105 - a test's own


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    """Asks for a password, and is the only one."""
    folder = tmp_path / "index"
    write_wheel(folder, "top", "1.0", requires=["dep>=1"])
    write_wheel(folder, "dep", "1.0")
    with serve(folder, credentials=("joe", PASSWORD)) as running:
        monkeypatch.setenv("UV_DEFAULT_INDEX", running.url_with_credentials)
        yield running


@pytest.fixture
def project(tmp_path: Path, index: Index, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A model that was made with ``top`` 1.0 and ``dep`` 1.0, in a store of its own."""
    monkeypatch.setenv("MPK_CACHE", str(tmp_path / "store"))
    source = tmp_path / "venv"
    for command in (
        ["venv", "--python", "3.11", source],
        ["pip", "install", "--python", source / "bin" / "python", "top"],
    ):
        subprocess.run([sys.executable, "-m", "uv", *map(str, command), "--quiet"], check=True)
    write_wheel(index.folder, "dep", "1.2")
    manifest = {
        "model": {"entrypoint": "model:predict"},
        "requirements": {"source": str(source)},
        "input_example": [1, 2],
        "targets": {"model": {}},
    }
    return write_project(tmp_path / "project", manifest, {"model.py": MODEL})


def lock(project: Project, *options: str, code: int = 0) -> tuple[list[str], list[str]]:
    """What ``mpk lock`` prints, and the lines that tell why it failed."""
    done = project.mpk("lock", *options)
    assert done.returncode == code, done.stdout + done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith(("error: ", " hint: "))]
    return done.stdout.splitlines(), told


def files(root: Path) -> dict[str, int]:
    """Every file with the time of its last change."""
    return {
        str(path): path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file() and ".pyc" not in path.name
    }


def test_an_upgrade_moves_what_is_free_and_stays(project: Project, index: Index) -> None:
    assert lock(project, "--check", code=1)[1] == [
        "error: pylock.toy.toml does not exist",
        " hint: mpk lock, and commit what it writes",
    ]
    lock(project)
    assert lock(project, "--check") == ([], [])
    before = files(project.root)
    assert lock(project, "--check", "--upgrade", code=1) == (
        ["~ dep 1.0 -> 1.2"],
        ["error: pylock.toy.toml is not the newest that is allowed", " hint: mpk lock --upgrade"],
    )
    assert files(project.root) == before
    assert lock(project, "--upgrade-package", "Dep") == (["~ dep 1.0 -> 1.2"], [])
    upgraded = (project.root / "pylock.toy.toml").read_text()
    assert 'upgraded = ["dep"]' in upgraded
    write_wheel(index.folder, "dep", "1.3")
    assert lock(project, "--check") == ([], [])
    lock(project)
    assert (project.root / "pylock.toy.toml").read_text() == upgraded
    # What the source environment has of the model's own requirements is what it is.
    write_wheel(index.folder, "top", "2.0", requires=["dep"])
    assert lock(project, "--upgrade") == (["~ dep 1.2 -> 1.3"], [])
    assert 'upgraded = ["dep"]' in (project.root / "pylock.toy.toml").read_text()
    told = project.mpk("lock", "--upgrade-package", "top").stderr.splitlines()
    assert told[-1] == "top stays at 1.0: that is the newest that is allowed, or what the model was made with"


def test_a_check_tells_what_is_not_as_it_should_be(project: Project) -> None:
    lock(project)
    manifest = project.root / "mpk.yaml"
    manifest.write_text(manifest.read_text().replace("requirements:\n", "requirements:\n  extra: [dep>1]\n"))
    before = files(project.root)
    assert lock(project, "--check", code=1) == (
        ["~ dep 1.0 -> 1.2"],
        [
            "error: pylock.toy.toml is not what the manifest and the source environment say",
            " hint: mpk lock, and commit what it writes",
        ],
    )
    document = json.loads(project.mpk("lock", "--check", "--json").stdout)
    assert (document["ok"], document["lock_changes"]) == (False, [{"name": "dep", "before": "1.0", "after": "1.2"}])
    assert files(project.root) == before
    manifest.write_text(manifest.read_text().replace("dep>1", "dep"))
    assert lock(project, "--check", code=1)[1] == [
        "error: pylock.toy.toml has the right versions, but was made from other requirements",
        " hint: mpk lock, and commit what it writes",
    ]


def test_an_upgrade_and_a_lock_that_stays_exclude_each_other(project: Project) -> None:
    lines = [
        "error: --upgrade changes the lock, and --locked forbids that",
        " hint: mpk lock --upgrade --check",
    ]
    assert project.fails("lock", "--upgrade", "--locked") == (2, lines)
    assert project.fails("lock", "--upgrade-package", "six", "--locked") == (2, lines)


def test_a_name_that_the_lock_does_not_have(project: Project) -> None:
    lock(project)
    assert lock(project, "--upgrade-package", "depp", code=2)[1] == [
        "error: pylock.toy.toml has no package 'depp' to upgrade",
        " hint: did you mean 'dep'?",
    ]


def test_a_conflict_shows_the_manifests_lines(project: Project, index: Index) -> None:
    write_wheel(index.folder, "dep", "0.9")
    manifest = project.root / "mpk.yaml"
    manifest.write_text(manifest.read_text().replace("requirements:\n", "requirements:\n  extra:\n  - dep<1\n"))
    line = manifest.read_text().splitlines().index("  - dep<1") + 1
    done = project.mpk("lock")
    assert done.returncode == 1
    assert f"  mpk.yaml:{line}: requirements.extra[0]: dep<1\n" in done.stderr
    assert "  inferred: top==1.0 (imported while loading)\n" in done.stderr


def test_a_password_is_written_nowhere(project: Project, tmp_path: Path, index: Index) -> None:
    document = project.build()
    assert document["ok"]
    manifest = project.root / "mpk.yaml"
    manifest.write_text(manifest.read_text().replace("requirements:\n", "requirements:\n  extra: [dep==7]\n"))
    failed = project.mpk("build", "--verbose")
    assert "no index has dep==7; the nearest version is 1.2" in failed.stderr
    assert PASSWORD not in json.dumps(document) + failed.stdout + failed.stderr
    for root in (project.root, tmp_path / "store"):
        written = [Path(folder, name) for folder, _, names in os.walk(root) for name in names]
        holding = [path for path in written if path.is_file() and PASSWORD.encode() in path.read_bytes()]
        assert holding == []
    assert index.url.encode() not in (project.model / "requirements.txt").read_bytes()
