"""A pickle that names a class of the script that wrote it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

if TYPE_CHECKING:
    from pathlib import Path

_OF_MAIN = re.compile(r"(?:Can't get attribute|module '__main__'.* has no attribute) '([\w.]+)'")


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For an AttributeError about ``__main__``."""
    found = _OF_MAIN.search(failure.message) if failure.type == "AttributeError" else None
    if found is None or "__main__" not in failure.message:
        return None
    name = found[1]
    defined = _defined_in(name.split(".", maxsplit=1)[0], context.root)
    where = f"'{name}' of the script that wrote it (__main__), which is not there"
    script = defined.partition(":")[0] if defined else "that script"
    return Diagnosis(
        f"a pickle names {where} ({phrases.doing(failure.phase)})",
        (*phrases.frames(failure), *([f"{defined} defines it"] if defined else [])),
        f"move '{name}' from {script} into a module of the project, import it from there in {script}, and write the"
        " pickle again",
    )


def _defined_in(name: str, root: Path | None) -> str | None:
    defines = re.compile(rf"^(?:class|def) {re.escape(name)}\b|^{re.escape(name)} *=", re.MULTILINE)
    for file in sorted(root.glob("*.py")) + sorted(root.glob("*/*.py")) if root else []:
        text = file.read_text(errors="replace")
        found = defines.search(text)
        if found and root:
            return f"{file.relative_to(root).as_posix()}:{text.count(chr(10), 0, found.start()) + 1}"
    return None
