"""URLs in what is kept have no credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.environment.direct_references import without_credentials
from mpk_build.environment.locking import Wishes
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:pass@word@example.org/x.whl", "https://example.org/x.whl"),
        ("https://token@example.org/x.whl#egg=a@b", "https://example.org/x.whl#egg=a@b"),
        ("git+ssh://deploy@example.org/x.git@1", "git+ssh://deploy@example.org/x.git@1"),
        ("git+ssh://me:word@example.org/x.git", "git+ssh://example.org/x.git"),
        ("https://example.org/x@1?mail=a@b", "https://example.org/x@1?mail=a@b"),
    ],
)
def test_no_credentials_stay_in_a_url(url: str, expected: str) -> None:
    assert without_credentials(url) == expected


def test_a_constraints_file_with_a_password_is_not_packaged(tmp_path: Path) -> None:
    file = tmp_path / "bounds.txt"
    file.write_text("six<2\n--extra-index-url https://me:word@example.org/simple\n")
    with pytest.raises(StageError) as caught:
        _ = Wishes(None, [], [], str(file)).constraint_lines
    assert caught.value.message == "bounds.txt:2 has a password in its URL, which is packaged with it"
