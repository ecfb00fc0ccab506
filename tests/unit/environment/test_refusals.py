"""What is said of versions that can't be had and of requirements that don't go together: whole messages, a real index."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

import pytest
from index_server import Index, serve, write_wheel

from mpk_build.environment import refusals
from mpk_build.environment.refusals import Origin
from mpk_build.environment.resolving import Request, resolve
from mpk_build.foundation.errors import MachineError, MpkError, StageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PASSWORD = "s3cret-word"  # noqa: S105 - a test's own


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    for version in ("1.0", "1.1", "2.0"):
        write_wheel(folder, "plain", version)
    write_wheel(folder, "accelerated", "1.0+cpu")
    for version in ("1.0", "1.1", "1.2"):
        write_wheel(folder, "taken-back", version)
    write_wheel(folder, "asks", "1.0", requires=["taken-back>=1.1", "plain<2"])
    write_wheel(folder, "modern", "2.0", requires_python=">=3.12")
    write_wheel(folder, "modern", "1.5", requires_python=">=3.9")
    write_wheel(folder, "compiled", "1.0", tag="cp39-cp39-manylinux_2_17_x86_64")
    write_wheel(folder, "windows-only", "1.0", tag="py3-none-win_amd64")
    (folder / "source").mkdir()
    (folder / "source" / "setup.py").write_text("raise SystemExit('no compiler here')")
    pyproject = "[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n"
    (folder / "source" / "pyproject.toml").write_text(pyproject)
    with tarfile.open(folder / "source-only-1.0.tar.gz", "w:gz") as archive:
        archive.add(folder / "source", "source-only-1.0")
    return folder


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[Index]:
    yanked = {"taken_back-1.1-py3-none-any.whl": "it forgets", "taken_back-1.2-py3-none-any.whl": ""}
    uploaded = {path.name: "2025-06-01T00:00:00Z" for path in folder.iterdir()}
    uploaded["plain-2.0-py3-none-any.whl"] = "2026-03-01T00:00:00Z"
    with serve(folder, yanked=yanked, uploaded=uploaded, credentials=("joe", PASSWORD)) as index:
        yield index


@pytest.fixture
def index(running: Index, monkeypatch: pytest.MonkeyPatch) -> Index:
    monkeypatch.setenv("UV_DEFAULT_INDEX", running.url_with_credentials)
    return running


def refused(request: Request) -> MpkError:
    with pytest.raises(MpkError) as caught:
        resolve(request)
    return caught.value


@pytest.mark.parametrize(
    ("requirement", "message", "hint"),
    [
        (
            "plain==1.0.5",
            "no index has plain==1.0.5; the nearest version is 1.0",
            "write 'plain==1.0' in the manifest",
        ),
        (
            "modern==2.0",
            "modern==2.0 needs Python >=3.12, and the model has Python 3.11; the nearest version is 1.5",
            "write 'modern==1.5' in the manifest",
        ),
        (
            "compiled==1.0",
            "compiled==1.0 has no wheel for Python 3.11, only for cp39, and no source distribution",
            None,
        ),
        (
            "windows-only==1.0",
            "windows-only==1.0 has no wheel for linux/amd64, only for win_amd64, and no source distribution",
            None,
        ),
        ("nobody", "no index has a package 'nobody'", "check how it is spelt"),
        (
            "plain==2.0+cu118",
            "no index or folder in use has plain==2.0+cu118, a build of its own; such builds are on"
            " https://download.pytorch.org/whl/cu118; the nearest version is 2.0",
            "UV_INDEX=https://download.pytorch.org/whl/cu118, or UV_FIND_LINKS=FOLDER where its wheel lies, and the same"
            " command again",
        ),
        (
            "plain==2.0+ours",
            "no index or folder in use has plain==2.0+ours, a build of its own; the nearest version is 2.0",
            "UV_INDEX=URL, or UV_FIND_LINKS=FOLDER where its wheel lies, and the same command again",
        ),
    ],
)
@pytest.mark.usefixtures("index")
def test_a_version_that_can_not_be_had(requirement: str, message: str, hint: str | None) -> None:
    error = refused(Request((requirement,), "3.11", platforms=("linux/amd64",)))
    assert (type(error).exit_code, error.message, error.hint) == (1, message, hint)


@pytest.mark.usefixtures("index")
def test_a_source_distribution_that_does_not_build() -> None:
    error = refused(Request(("source-only==1.0",), "3.11", platforms=("linux/amd64",)))
    assert error.message.startswith(
        "source-only==1.0 has no wheel for Python 3.11 on linux/amd64, and its source distribution can't be built: "
    )
    assert "no compiler here" in error.message


@pytest.mark.usefixtures("index")
def test_a_cut_off() -> None:
    asked = Request(("plain==2.0",), "3.11", exclude_newer="2026-01-01T00:00:00Z")
    error = refused(asked)
    assert (error.message, error.hint) == (
        "plain==2.0 was uploaded on 2026-03-01, after the cut-off (requirements.exclude_newer, 2026-01-01T00:00:00Z);"
        " the nearest version is 1.1",
        "write 'plain==1.1' in the manifest",
    )
    inferred = (Origin("plain==2.0", "inferred", by_person=False),)
    told = refusals.explained(
        "No solution found when resolving dependencies: Because plain>1.1 was published after the exclude newer time"
        " and you require plain==2.0, we can conclude that your requirements are unsatisfiable.",
        refusals.Asked(inferred, "3.11", "linux/amd64", "2026-01-01T00:00:00Z", lambda _: {"plain": "1.1"}),
    )
    assert (told.message, told.hint) == (
        "plain==2.0 was uploaded after the cut-off (requirements.exclude_newer, 2026-01-01T00:00:00Z);"
        " the nearest version is 1.1",
        "requirements: {extra: ['plain==1.1']}",
    )
    free = Request(("plain",), "3.11", exclude_newer="2026-01-01T00:00:00Z")
    assert resolve(free).versions == {"plain": "1.1"}


@pytest.mark.usefixtures("index")
def test_a_yanked_version_that_was_inferred_is_refused_and_one_that_is_asked_for_is_taken() -> None:
    inferred = Origin("taken-back==1.1", "inferred", by_person=False)
    error = refused(Request(("taken-back==1.1",), "3.11", origins=(inferred,)))
    assert (error.message, error.hint) == (
        "taken-back==1.1 was yanked from its index (it forgets); the nearest version is 1.0",
        "requirements: {extra: ['taken-back==1.0']}; requirements: {extra: ['taken-back==1.1']} keeps it all the same",
    )
    pulled_in = Request(("asks",), "3.11", preferred={"taken-back": "1.2"}, origins=(Origin("asks", "inferred"),))
    assert refused(pulled_in).message == "taken-back==1.2 was yanked from its index; the nearest version is 1.0"
    vanished = Origin("plain==1.0.5", "inferred", "imported while loading", by_person=False)
    assert (
        refused(Request(("plain==1.0.5",), "3.11", origins=(vanished,))).hint == "requirements: {extra: ['plain==1.0']}"
    )
    asked = Origin("taken_back==1.1", "mpk.yaml:3: requirements.extra[0]")
    assert resolve(Request(("taken_back==1.1",), "3.11", origins=(asked,))).versions == {"taken-back": "1.1"}


@pytest.mark.usefixtures("index")
def test_a_conflict_names_the_line_of_each_requirement_that_takes_part() -> None:
    origins = (
        Origin("plain>=2", "mpk.yaml:7: requirements.extra[0]"),
        Origin("modern", "mpk.yaml:8: requirements.extra[1]"),
        Origin("asks==1.0", "inferred", "imported while loading", by_person=False),
        Origin("taken.back<3  # as it was", "bounds.txt:2"),
    )
    requirements = ("asks==1.0", "plain>=2", "modern")
    error = refused(
        Request(
            requirements,
            "3.11",
            constraints=("taken.back<3  # as it was",),
            origins=origins,
            preferred={"taken-back": "1.1"},
        )
    )
    assert isinstance(error, StageError)
    assert error.message == (
        "No solution found when resolving dependencies: Because all versions of asks depend on plain<2 and you require"
        " asks==1.0, we can conclude that you require plain<2. And because you require plain>=2, we can conclude that"
        " your requirements are unsatisfiable.\n"
        "What takes part:\n"
        "  mpk.yaml:7: requirements.extra[0]: plain>=2\n"
        "  inferred: asks==1.0 (imported while loading)"
    )


def test_without_the_password_an_index_is_told_and_never_with_it(
    running: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", running.url)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    error = refused(Request(("plain",), "3.11"))
    assert isinstance(error, MachineError)
    assert (error.message, error.hint) == (
        f"the index {running.url} wants a name and a password, and has not accepted any",
        "put them into ~/.netrc, a keyring (UV_KEYRING_PROVIDER=subprocess), or the URL in UV_INDEX",
    )
    monkeypatch.setenv("UV_DEFAULT_INDEX", running.url.replace("//", f"//joe:{PASSWORD}-other@"))
    wrong = refused(Request(("plain",), "3.11"))
    assert PASSWORD not in f"{wrong.message} {wrong.hint}"
    (tmp_path / "netrc").write_text(f"machine 127.0.0.1 login joe password {PASSWORD}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("UV_DEFAULT_INDEX", running.url)
    assert resolve(Request(("plain",), "3.11")).versions == {"plain": "2.0"}


def test_a_build_of_its_own_is_locked_with_its_index_and_without_the_password(index: Index) -> None:
    lock = resolve(Request(("accelerated==1.0+cpu",), "3.11"))
    assert lock.versions == {"accelerated": "1.0+cpu"}
    assert f'version = "1.0+cpu"\nindex = "{index.url}"\n' in lock.text
    assert PASSWORD not in lock.text


def test_an_index_that_comes_first_and_has_another_version(
    index: Index, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_wheel(tmp_path / "first", "plain", "9.0")
    with serve(tmp_path / "first") as first:
        monkeypatch.setenv("UV_INDEX", first.url)
        monkeypatch.setenv("UV_DEFAULT_INDEX", index.url_with_credentials)
        error = refused(Request(("plain==1.0",), "3.11"))
        assert (error.message, error.hint) == (
            f"{first.url}, the first index that has plain, does not have plain==1.0, so no other was asked",
            "UV_INDEX_STRATEGY=unsafe-best-match asks all, if you trust each of them with every name",
        )
