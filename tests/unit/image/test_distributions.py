"""What an installed tree holds, told by its RECORD files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.image_support import METADATA, install, record_digest

from mpk_build.foundation.errors import MachineError
from mpk_build.image.distributions import read_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_files_are_told_apart_by_distribution(tmp_path: Path) -> None:
    install(tmp_path, "beta", {"beta/__init__.py": b"b", "shared.py": b"same"})
    install(tmp_path, "alpha_x", {"alpha.py": b"aa", "shared.py": b"same"})
    (tmp_path / "stray.pth").write_text("x")
    (tmp_path / ".lock").write_text("")
    found = read_tree(tmp_path, "opt/env")
    assert [(one.name, one.size, [entry.path for entry in one.entries]) for one in found] == [
        (
            "alpha_x",
            14,
            [
                "opt/env/alpha.py",
                "opt/env/alpha_x-1.0.dist-info/METADATA",
                "opt/env/alpha_x-1.0.dist-info/RECORD",
                "opt/env/shared.py",
            ],
        ),
        (
            "beta",
            13,
            [
                "opt/env/beta-1.0.dist-info/METADATA",
                "opt/env/beta-1.0.dist-info/RECORD",
                "opt/env/beta/__init__.py",
            ],
        ),
        ("", 0, ["opt/env/stray.pth"]),
    ]


def test_what_tells_of_this_machine_is_left_out_and_out_of_the_record(tmp_path: Path) -> None:
    install(
        tmp_path,
        "tool",
        {
            "tool.py": b"t",
            "bin/tool": b"#!/home/me/python\n",
            "../outside": b"o",
            "tool-1.0.dist-info/direct_url.json": b'{"url": "file:///home/me"}',
            "tool-1.0.dist-info/uv_cache.json": b"{}",
            "__pycache__/tool.cpython-311.pyc": b"p",
        },
    )
    (one,) = read_tree(tmp_path, "opt/env")
    assert [entry.path for entry in one.entries] == [
        "opt/env/tool-1.0.dist-info/METADATA",
        "opt/env/tool-1.0.dist-info/RECORD",
        "opt/env/tool.py",
    ]
    assert (
        one.entries[1].data
        == (
            f"tool-1.0.dist-info/METADATA,{record_digest(METADATA)},8\n"
            "tool-1.0.dist-info/RECORD,,\n"
            f"tool.py,{record_digest(b't')},1\n"
        ).encode()
    )


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_file_that_is_not_what_its_record_says_is_refused(tmp_path: Path, damage: str) -> None:
    install(tmp_path, "poisoned", {"poisoned.py": b"good"})
    if damage == "changed":
        (tmp_path / "poisoned.py").write_bytes(b"evil")
    else:
        (tmp_path / "poisoned.py").unlink()
    with pytest.raises(MachineError) as raised:
        read_tree(tmp_path, "opt/env")
    assert raised.value.message == (
        "poisoned.py is not as its package's RECORD says: it was changed after it was unpacked."
    )
    assert raised.value.hint == ("The cache of uv is damaged, or was written to: `uv cache clean`, then build again.")
