"""Locks, resolved against the real index."""

from __future__ import annotations

import tomllib

import pytest

from mpk_build.environment import lockfile
from mpk_build.environment.resolving import Request, resolve
from mpk_build.foundation.errors import MachineError, StageError


def test_a_lock_has_hashes_and_says_what_it_was_made_from() -> None:
    request = Request(("six==1.16.0",), "3.11")
    lock = resolve(request)
    document = tomllib.loads(lock.text)
    assert (document["lock-version"], document["created-by"], lock.versions) == ("1.0", "mpk", {"six": "1.16.0"})
    [package] = document["packages"]
    assert all(len(wheel["hashes"]["sha256"]) == 64 for wheel in package["wheels"])
    assert lock.made_from == request.digest
    assert lockfile.parse(lock.text, "x").made_from == request.digest
    assert resolve(request).text == lock.text


def test_preferred_versions_are_taken_and_overrides_win() -> None:
    preferred = {"python-dateutil": "2.8.2", "six": "1.15.0"}
    assert resolve(Request(("python-dateutil",), "3.11", preferred=preferred)).versions == preferred
    overridden = resolve(Request(("python-dateutil==2.8.2",), "3.11", overrides=("six<1.15",), preferred=preferred))
    assert overridden.versions == {"python-dateutil": "2.8.2", "six": "1.14.0"}
    bounded = resolve(Request(("python-dateutil==2.8.2",), "3.11", constraints=("six<1.16  # as it was",)))
    assert bounded.versions["six"] == "1.15.0"


@pytest.mark.parametrize(
    ("requirement", "message", "hint"),
    [
        (
            "opencv-python==4.8.0",
            "no index has opencv-python==4.8.0; the nearest version is 4.8.0.76",
            "write 'opencv-python==4.8.0.76' in the manifest",
        ),
        ("six==0.0.1", "no index has six==0.0.1; the nearest version is 1.17.0", "write 'six==1.17.0' in the manifest"),
    ],
)
def test_a_version_that_no_index_has(requirement: str, message: str, hint: str) -> None:
    with pytest.raises(StageError) as caught:
        resolve(Request((requirement,), "3.11"))
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_a_conflict_is_told_as_uv_tells_it() -> None:
    with pytest.raises(StageError) as caught:
        resolve(Request(("python-dateutil==2.8.2", "six<1.0"), "3.11"))
    assert caught.value.message.startswith("No solution found when resolving dependencies")
    assert "python-dateutil==2.8.2 depends on six>=1.5" in caught.value.message
    assert "\u00d7" not in caught.value.message


def test_an_index_that_cannot_be_reached_is_the_machines_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(MachineError) as caught:
        resolve(Request(("six",), "3.11"))
    assert caught.value.message.startswith("an index could not be reached: ")


def test_what_is_no_lock() -> None:
    with pytest.raises(StageError) as caught:
        lockfile.parse("nonsense", "pylock.x.toml")
    assert caught.value.message.startswith("pylock.x.toml is not TOML: ")
    with pytest.raises(StageError) as caught:
        lockfile.parse("packages = [1]", "pylock.x.toml")
    assert caught.value.message == "pylock.x.toml is not a PEP 751 lock"


def test_a_difference_names_what_came_went_and_moved() -> None:
    assert lockfile.difference({"a": "1", "b": "1", "c": "1"}, {"b": "2", "c": "1", "d": "1"}) == [
        {"name": "a", "before": "1", "after": None},
        {"name": "b", "before": "1", "after": "2"},
        {"name": "d", "before": None, "after": "1"},
    ]
