"""Requirements files as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mpk_build.environment import requirements_file
from mpk_build.foundation.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


def test_comments_files_bounds_hashes_markers_and_long_lines(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "all.txt").write_text(
        "# what we use\n"
        "numpy<2  # not yet\n"
        "\n"
        "six==1.16.0 \\\n"
        "    --hash=sha256:1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926 \\\n"
        "    --hash=sha256:8abb2f1d86890a2dfb989f9a77cfcfd3e47c2a354b01111771326f8aa26e0254\n"
        'tomli>=2; python_version < "3.11"\n'
        "pandas[parquet,excel]>=2\n"
        "thing @ https://example.org/thing-1.0-py3-none-any.whl#sha256=ab\n"
        "-r below/more.txt\n"
        "--constraint=bounds.txt\n"
    )
    (tmp_path / "below" / "more.txt").write_text("attrs\n-r ../all.txt\n-c ../bounds.txt\n")
    (tmp_path / "bounds.txt").write_text("idna<4\n")
    assert requirements_file.read(tmp_path / "all.txt") == requirements_file.Lines(
        requirements=(
            "numpy<2",
            "six==1.16.0",
            'tomli>=2; python_version < "3.11"',
            "pandas[parquet,excel]>=2",
            "thing @ https://example.org/thing-1.0-py3-none-any.whl#sha256=ab",
            "attrs",
        ),
        constraints=("idna<4", "idna<4"),
    )


def test_the_last_line_counts_although_it_says_that_another_follows(tmp_path: Path) -> None:
    (tmp_path / "cut.txt").write_text("numpy<2\nsix==1.16.0 \\")
    assert requirements_file.read(tmp_path / "cut.txt").requirements == ("numpy<2", "six==1.16.0")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "--extra-index-url https://example.org",
            ":2: the option --extra-index-url has no place here; expected requirements, -r or -c",
        ),
        ("-e .", ":2: the option -e has no place here; expected requirements, -r or -c"),
        (
            "./thing.whl",
            ":2: './thing.whl' is not a requirement: Expected package name at the start of dependency specifier",
        ),
        ("-r nowhere.txt", None),
    ],
)
def test_what_has_no_place(tmp_path: Path, line: str, message: str | None) -> None:
    file = tmp_path / "all.txt"
    file.write_text(f"six\n{line}\n")
    with pytest.raises(UsageError) as caught:
        requirements_file.read(file)
    nowhere = tmp_path / "nowhere.txt"
    unread = f"the requirements file {nowhere} can't be read: [Errno 2] No such file or directory: '{nowhere}'"
    assert caught.value.message == (f"{file}{message}" if message else unread)
