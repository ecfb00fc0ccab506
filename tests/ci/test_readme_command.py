"""The commands that CI runs are those that the README shows."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

README = """\
# A title

<!-- ci: one -->
```bash
echo 1 &&
echo "2"
```

<!-- ci: twice -->

```sh
a
```

<!-- ci: twice -->
```sh
b
```

<!-- ci: none -->
A paragraph between them.
```bash
c
```
"""


def readme_command(*arguments: str) -> tuple[int, str, str]:
    finished = subprocess.run(
        [sys.executable, PROJECT / ".ci/readme-command", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return finished.returncode, finished.stdout, finished.stderr


def test_prints_the_block_as_it_stands(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(README)
    assert readme_command("one", str(tmp_path / "README.md")) == (0, 'echo 1 &&\necho "2"\n', "")


@pytest.mark.parametrize(("name", "found"), [("twice", 2), ("none", 0), ("other", 0), ("o.e", 0)])
def test_wants_exactly_one_block(tmp_path: Path, name: str, found: int) -> None:
    (tmp_path / "README.md").write_text(README)
    assert readme_command(name, str(tmp_path / "README.md")) == (
        2,
        "",
        (
            f"readme-command: one ```bash block has to follow a line '<!-- ci: {name} -->' in the README; "
            f"found {found}\n"
        ),
    )


@pytest.mark.parametrize(("name", "ends"), [("build", "/mpk build\n"), ("tests", "/pytest -n auto\n")])
def test_the_readme_has_both_commands(name: str, ends: str) -> None:
    returncode, command, errors = readme_command(name)
    assert (returncode, errors) == (0, "")
    assert command.endswith(ends)


def test_the_transcript_is_of_the_command_that_is_shown() -> None:
    readme = (PROJECT / "README.md").read_text()
    block = re.search(r"<!-- transcript: begin -->\n```text\n(.*?)```\n<!-- transcript: end -->", readme, re.DOTALL)
    assert block is not None, "run .ci/readme-transcript"
    lines = block[1].splitlines()
    command = subprocess.run(
        [sys.executable, PROJECT / ".ci" / "readme-command", "build"], capture_output=True, text=True, check=True
    ).stdout
    assert lines[0] == f"$ {command.strip()}"
    assert re.findall(r"^  (\S+) +built ", block[1], re.MULTILINE) == [
        "infer-env",
        "package",
        "validate",
        "image",
        "smoke-test",
    ]
