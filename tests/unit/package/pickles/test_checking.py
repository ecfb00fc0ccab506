"""What is done about verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import StageError
from mpk_build.package.pickles import checking
from mpk_build.package.pickles.verdict import KINDS, Kind, Verdict, verdict

if TYPE_CHECKING:
    from pathlib import Path


def of(kind: Kind) -> list[Verdict]:
    return [Verdict("a.pkl", "pickle", "known", ()), Verdict("model.pkl", "pickle", kind, ("a.b",))]


@pytest.mark.parametrize(
    ("policy", "passing"),
    [("report", KINDS), ("sandbox", ("known", "own code", "by value", "unknown")), ("refuse", ("known", "own code"))],
)
def test_a_file_that_is_given_passes_as_the_manifest_says(policy: str, passing: tuple[Kind, ...]) -> None:
    for kind in KINDS:
        if kind in passing:
            checking.check_given(of(kind), policy)
        else:
            with pytest.raises(StageError) as raised:
                checking.check_given(of(kind), policy)
            what = "by value (is code)" if kind == "by value" else kind
            assert raised.value.message.splitlines()[1:] == [f"  model.pkl  {what}: a.b"]


def test_a_package_is_loaded_unless_it_is_dangerous_or_nobody_can_tell(tmp_path: Path) -> None:
    checking.check_before_loading(tmp_path, {"flavors": {}}, "a hint")
    (tmp_path / "own.pkl").write_bytes(b"csome.where\nThing\n.")
    checking.check_before_loading(tmp_path, {"flavors": {}}, "a hint")
    (tmp_path / "x.pkl").write_bytes(b"\x80\x04\xff")
    with pytest.raises(StageError) as raised:
        checking.check_before_loading(tmp_path, {"flavors": {}}, "a hint")
    assert (raised.value.message, raised.value.hint, raised.value.exit_code) == (
        f"{tmp_path} is not loaded, since unpickling it may run what no model needs:\n"
        "  x.pkl  unreadable: no pickle, or a broken one",
        "a hint",
        1,
    )


def test_one_file_is_judged_alone(tmp_path: Path) -> None:
    for name in ("a.pkl", "b.pkl"):
        (tmp_path / name).write_bytes(b"cos\nsystem\n.")
    assert verdict(tmp_path / "b.pkl", {"flavors": {}}) == [Verdict("b.pkl", "pickle", "dangerous", ("os.system",))]
