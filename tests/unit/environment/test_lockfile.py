"""Locks that come from elsewhere and are none."""

from __future__ import annotations

import pytest

from mpk_build.environment import lockfile
from mpk_build.foundation.errors import StageError

HASHES = f'hashes = {{ sha256 = "{"0" * 64}" }}'


@pytest.mark.parametrize(
    "body",
    [
        f'[[packages]]\nname = "a"\narchive = {{ path = "wheels/..", {HASHES} }}',
        f'[[packages]]\nname = "a"\narchive = {{ path = "wheels/a.whl", {HASHES} }}',
        '[[packages]]\nname = "a"\nversion = "1"\nmarker = "no marker"',
        "[tool.mpk]\noverrides = 3",
        '[tool.mpk]\nplatforms = ["linux/z80"]',
        "[tool.mpk]\nexclude-newer = 3",
    ],
)
def test_what_is_no_lock_is_told(body: str) -> None:
    with pytest.raises(StageError) as caught:
        lockfile.parse(f'lock-version = "1.0"\n{body}\n', "pylock.a.toml")
    assert caught.value.message == "pylock.a.toml is not a PEP 751 lock"
    assert caught.value.hint == "delete it and run mpk lock"
