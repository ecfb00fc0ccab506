"""What stops a build, in which words, and what is looked at."""

from __future__ import annotations

import pickle
import zipfile
from typing import TYPE_CHECKING

import cloudpickle
import pytest

from mpk_build.foundation.errors import StageError
from mpk_build.package.secrets.checking import check
from mpk_build.package.secrets.scanning import fingerprint
from mpk_build.package.secrets.texts import of_files, of_value

if TYPE_CHECKING:
    from pathlib import Path

PASSWORDS = [f"correct-horse-battery-{at}" for at in range(12)]
ALLOWED = [fingerprint(one) for one in PASSWORDS[:2]]


def text(*passwords: str) -> tuple[str, str]:
    return "app/db.py", "".join(f'password = "{one}"\n' for one in passwords)


def test_one_is_told_without_any_of_it() -> None:
    with pytest.raises(StageError) as raised:
        check([text(PASSWORDS[0])], [])
    error = raised.value
    assert error.message == "the package would hold what looks like a secret"
    assert error.evidence == (f"app/db.py:1: Secret Keyword, fingerprint {ALLOWED[0]}",)
    assert error.hint == (
        "take it out, and hand it to the endpoint as a variable; what is none can be allowed:"
        f" secrets: {{allow: ['{ALLOWED[0]}']}}, or in place: # pragma: allowlist secret"
    )
    assert error.exit_code == 1


def test_of_many_the_first_ten_are_told() -> None:
    with pytest.raises(StageError) as raised:
        check([text(*PASSWORDS), of_value("model.config", {"password": PASSWORDS[0]})], [])
    assert raised.value.message == "the package would hold 13 times what looks like a secret"
    assert [line.partition(":")[0] for line in raised.value.evidence] == ["app/db.py"] * 10 + ["and 3 more"]


def test_what_is_allowed_is_counted_and_what_is_not_there_any_more_told() -> None:
    found = check([text(*PASSWORDS[:2]), text(PASSWORDS[1])], [*ALLOWED, "0" * 16])
    assert found == {"allowed": 3, "no_longer_there": ["0" * 16]}


def test_another_value_at_the_same_place_is_not_allowed() -> None:
    with pytest.raises(StageError) as raised:
        check([text(PASSWORDS[2])], ALLOWED)
    assert raised.value.evidence == (f"app/db.py:1: Secret Keyword, fingerprint {fingerprint(PASSWORDS[2])}",)


@pytest.mark.parametrize("name", ["metadata", "model.config", "params", "the input example"])
def test_a_value_of_the_manifest_has_its_field(name: str) -> None:
    value = {"columns": ["x"], "more": [{"db": {"password": PASSWORDS[0]}, "limit": 3}]}
    with pytest.raises(StageError) as raised:
        check([of_value(name, value)], [])
    assert raised.value.evidence == (f"{name}: Secret Keyword, fingerprint {ALLOWED[0]}",)


def test_files_that_are_text_and_not_too_large(tmp_path: Path) -> None:
    contents = {
        "a.py": b"x = 1\n" * 300_000,
        "a.txt": "\u00e9".encode() * 5000,
        "latin.txt": "\u00e9".encode("latin-1"),
        "model.bin": b"\x80\x04\x95",
        "zeros": b"\0" * 10,
        "large.csv": b"1,2,3\n" * 200_000,
        "large.bin": b"\0\xff" * 600_000,
        "empty": b"",
        "large.pkl": pickle.dumps(b"x" * 2_000_000),
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    too_large: list[str] = []
    texts = dict(of_files([(name, tmp_path / name) for name in contents], too_large))
    assert sorted(texts) == ["a.py", "a.txt", "empty"]
    assert texts["a.txt"] == "\u00e9" * 5000
    assert too_large == ["large.csv", "large.pkl"]


def test_texts_in_pickles_and_in_wheels(tmp_path: Path) -> None:
    (tmp_path / "a.pkl").write_bytes(cloudpickle.dumps(lambda: "first", protocol=4) + b"rest")
    (tmp_path / "b.pickle").write_bytes(b"\x80\x04\x8c\x06second")
    (tmp_path / "c.pkl").write_bytes(b"no pickle")
    with zipfile.ZipFile(tmp_path / "d-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("d/code.py", "x = 'third'")
        wheel.writestr("d/data.bin", b"\0\xff")
        wheel.writestr("d-1.dist-info/RECORD", "d/code.py,sha256=abc,11")
    with (tmp_path / "e-1-py3-none-any.whl").open("wb") as file:
        file.truncate(2**24 + 1)
    too_large: list[str] = []
    texts = dict(of_files([(path.name, path) for path in sorted(tmp_path.iterdir())], too_large))
    assert sorted(texts) == ["a.pkl", "b.pickle", "c.pkl", "d-1-py3-none-any.whl/d/code.py"]
    assert "'first'\n" in texts["a.pkl"]
    assert (texts["b.pickle"], texts["c.pkl"]) == ("'second'\n", "")
    assert texts["d-1-py3-none-any.whl/d/code.py"] == "x = 'third'"
    assert too_large == ["e-1-py3-none-any.whl"]


def test_a_find_in_a_pickle_has_no_line() -> None:
    with pytest.raises(StageError) as raised:
        check([("python_model.pkl", f"\npassword = '{PASSWORDS[0]}'")], [])
    assert raised.value.evidence == (f"python_model.pkl: Secret Keyword, fingerprint {ALLOWED[0]}",)
