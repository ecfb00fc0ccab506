"""One lock for several platforms, made on any of them."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from index_server import Index, serve, write_wheel

from mpk_build.environment import lockfile, platforms
from mpk_build.environment.resolving import Request, resolve
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator

AMD, ARM = ("linux/amd64", "linux/arm64")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("index")
    for machine in ("x86_64", "aarch64"):
        write_wheel(folder, "compiled", "1.0", tag=f"cp311-cp311-manylinux_2_17_{machine}")
    write_wheel(folder, "compiled", "1.1", tag="cp311-cp311-manylinux_2_28_x86_64")
    write_wheel(folder, "compiled", "1.2", tag="cp311-cp311-manylinux_2_39_aarch64")
    write_wheel(folder, "pure", "1.0", requires=["compiled", "only-amd; platform_machine == 'x86_64'"])
    write_wheel(folder, "only-amd", "1.0", tag="py3-none-manylinux_2_17_x86_64")
    with serve(folder) as running:
        yield running


@pytest.fixture(autouse=True)
def _used(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.url)


def entries(text: str) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["name"], one["version"]): one for one in tomllib.loads(text)["packages"]}


def test_each_platform_gets_what_runs_there(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = resolve(Request(("pure",), "3.11", platforms=(AMD, ARM)))
    document = tomllib.loads(lock.text)
    on_amd, on_arm = (
        f"sys_platform == 'linux' and platform_machine == '{machine}'" for machine in ("x86_64", "aarch64")
    )
    assert document["environments"] == [on_amd, on_arm]
    found = entries(lock.text)
    # The newest that runs on both C libraries: 1.2 wants a newer one than current systems have.
    assert {name: one.get("marker") for name, one in found.items()} == {
        ("compiled", "1.1"): f"({on_amd})",
        ("compiled", "1.0"): f"({on_arm})",
        ("only-amd", "1.0"): f"({on_amd})",
        ("pure", "1.0"): None,
    }
    for machine, versions in (
        ("x86_64", {"compiled": "1.1", "only-amd": "1.0", "pure": "1.0"}),
        ("aarch64", {"compiled": "1.0", "pure": "1.0"}),
    ):
        monkeypatch.setattr("platform.machine", lambda machine=machine: machine)
        assert lockfile.parse(lock.text, "it").versions == versions


def test_one_entry_serves_both_where_it_can_and_the_order_of_platforms_counts() -> None:
    lock = resolve(Request(("compiled==1.0",), "3.11", platforms=(AMD, ARM)))
    [entry] = tomllib.loads(lock.text)["packages"]
    assert "marker" not in entry
    assert sorted(wheel["url"].rpartition("_")[2] for wheel in entry["wheels"]) == ["64.whl", "aarch64.whl"]
    assert all(len(wheel["hashes"]["sha256"]) == 64 for wheel in entry["wheels"])
    # A version that one platform has got is taken on the next where there is a choice.
    assert {version for _, version in entries(resolve(Request(("pure",), "3.11", platforms=(ARM, AMD))).text)} == {
        "1.0"
    }


def test_where_one_platform_lacks_a_wheel_the_error_names_it() -> None:
    with pytest.raises(StageError) as caught:
        resolve(Request(("only-amd==1.0",), "3.11", platforms=(AMD, ARM)))
    assert caught.value.message.startswith("only-amd==1.0 has no wheel for linux/arm64, only for ")


def test_a_single_platform_is_locked_from_any_machine_and_is_part_of_what_the_lock_is_made_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arm = Request(("compiled",), "3.11", platforms=(ARM,))
    assert list(entries(resolve(arm).text)) == [("compiled", "1.0")]
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    assert Request(("compiled",), "3.11").digest == arm.digest
    assert Request(("compiled",), "3.11", platforms=(ARM, AMD)).digest != arm.digest


def test_other_systems() -> None:
    lock = resolve(
        Request(
            ("colorama; sys_platform == 'win32'", "pure==1.0; sys_platform == 'sunos'"),
            "3.11",
            platforms=("darwin/arm64",),
        )
    )
    assert lock.versions == {}
    assert [platforms.named(name).name for name in platforms.NAMES] == list(platforms.NAMES)
