"""Packages that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.foundation.errors import UsageError
from mpk_build.package.reading import read

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "{file} is nested deeper than 64 levels, as no MLmodel is"),
        ("", "{file} has no flavors, so nothing says how to load the model"),
        ("flavors: 1\n", "{file} has no flavors, so nothing says how to load the model"),
        ("a: [\n", "{file} is not YAML: while parsing a flow node"),
    ],
    ids=["deep", "empty", "flavors", "syntax"],
)
def test_what_is_no_package(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "MLmodel"
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        read(tmp_path)
    assert caught.value.message == message.format(file=file)


def test_an_old_document_with_a_date_is_read_as_json_can_hold_it(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text(
        "time_created: 2018-05-25T17:28:53.35\nflavors: {python_function: {loader_module: x}}\n"
    )
    package = read(tmp_path)
    assert package.plain_document["time_created"] == "2018-05-25 17:28:53.350000"
    assert package.function == {"loader_module": "x"}
    with pytest.raises(UsageError) as caught:
        _ = package.lock
    assert caught.value.message == f"{tmp_path} has no pylock.toml, so its environment is not pinned"
