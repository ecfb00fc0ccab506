"""Which files of installed packages a model imports: those whose bytecode its own environment needs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def below_site(files: Iterable[str], site: Iterable[str]) -> list[str]:
    """The Python files that lie where things are installed, relative to there."""
    folders = [f"{os.path.normpath(one)}/" for one in site if Path(one).name.endswith("-packages")]
    found = {file.removeprefix(one) for file in files for one in folders if file.startswith(one)}
    return sorted(file for file in found if file.endswith(".py"))
