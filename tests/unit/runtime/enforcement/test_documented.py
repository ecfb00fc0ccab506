"""What the page on signatures shows in Python runs as it stands there."""

from __future__ import annotations

import re

import pytest
from support import PROJECT

BLOCKS = re.findall(
    r"^```python\n(.*?)^```$", (PROJECT / "docs" / "signatures.md").read_text(), re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("block", BLOCKS, ids=[str(number) for number in range(len(BLOCKS))])
def test_the_python_of_the_page(block: str) -> None:
    exec(compile(block, "signatures.md", "exec"), {})  # noqa: S102 - the project's own page
