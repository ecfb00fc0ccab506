"""The verdict on the pickles of a package, file by file, before anything loads them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from mpk_build.foundation import processes
from mpk_build.foundation.resources import runtime_folder, source_folder
from mpk_build.package.pickles import names
from mpk_build.package.pickles.own import OwnCode

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.pickles.names import Name

Kind = Literal["known", "own code", "by value", "unknown", "unreadable", "dangerous"]
# From the best to the worst: a file is what the worst of its names is.
KINDS: tuple[Kind, ...] = ("known", "own code", "by value", "unknown", "unreadable", "dangerous")
TRUSTED: tuple[Kind, ...] = ("known", "own code")
_SCAN = (
    "import sys; sys.path.insert(0, sys.argv[1]); from mpk_runtime.pickles import files; import json; "
    "json.dump(files.scan(sys.argv[2], sys.argv[3:]), sys.stdout)"
)
_OPINION = "import sys; sys.path.insert(0, sys.argv[1]); from mpk_build.package.pickles import opinion; opinion.main()"
_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Verdict:
    """What loading one file would do.

    Attributes:
        path: Below the package.
        format: ``pickle``, ``torch``, ``npy``, ``npz``, ``skops`` or ``zip``.
        kind: One of `KINDS`. ``by value``: the file holds code itself, which nobody can judge by names.
        names: ``module.name`` of what made it that, or what could not be read; none of what is ``known``.
        picklescan: What picklescan says: ``clean``, ``suspicious``, ``dangerous`` or ``error``; None if not asked.
    """

    path: str
    format: str
    kind: Kind
    names: tuple[str, ...]
    picklescan: str | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether it only makes what the libraries' and the package's own code define."""
        return self.kind in TRUSTED

    def told(self) -> str:
        """One line."""
        listed = f": {', '.join(self.names)}" if self.names and not self.is_trusted else ""
        what = "by value (is code)" if self.kind == "by value" else self.kind
        second = f" (picklescan: {self.picklescan})" if self.picklescan else ""
        return f"{self.path}  {what}{listed}{second}"

    def as_data(self) -> dict[str, Any]:
        """For a report."""
        return {**asdict(self), "names": list(self.names)}


def verdict(root: Path, document: dict[str, Any], *, second_opinion: bool = False) -> list[Verdict]:
    """The verdicts on all files of the package at ``root`` that loading it could unpickle, by path.

    They are read in a process of its own, which unpickles nothing; if it comes to grief, so does the verdict.

    Args:
        root: The package.
        document: Its MLmodel document.
        second_opinion: Whether picklescan is asked as well.
    """
    flavors = document.get("flavors") or {}
    found = _scanned(root, flavors)
    if found is None:
        return [Verdict(".", "package", "unreadable", ("the reader of pickles failed",))]
    function = flavors.get("python_function") or {}
    code = function.get("code")
    own = OwnCode(root / code if isinstance(code, str) else None)
    known = names.known(frozenset(map(str, flavors)))
    second = _opinions([root / one["path"] for one in found]) if second_opinion and found else {}
    judged = []
    for one in found:
        kind, why = _judged([(module, name) for module, name in one["names"]], one["problems"], known, own)
        judged.append(Verdict(one["path"], one["format"], kind, why, second.get(str(root / one["path"]))))
    return judged


def worst(verdicts: list[Verdict]) -> Kind:
    """The worst of them; ``known`` where there are none."""
    return max((one.kind for one in verdicts), key=KINDS.index, default="known")


def _judged(
    found: list[Name], problems: list[str], known: frozenset[Name], own: OwnCode
) -> tuple[Kind, tuple[str, ...]]:
    by_kind: dict[Kind, list[str]] = {}
    if problems:
        by_kind["unreadable"] = problems
    for name in found:
        by_kind.setdefault(_kind_of(name, known, own), []).append(".".join(name))
    kind: Kind = max(by_kind, key=KINDS.index, default="known")
    return kind, () if kind == "known" else tuple(by_kind[kind])


def _kind_of(name: Name, known: frozenset[Name], own: OwnCode) -> Kind:
    # A module of the package hides one of a library that is called the same.
    if own.has(name[0]):
        return "own code" if own.defines(*name) else "dangerous" if names.is_dangerous(name) else "unknown"
    if name in known:
        return "known"
    if name in names.by_value():
        return "by value"
    return "dangerous" if names.is_dangerous(name) else "unknown"


def _scanned(root: Path, flavors: dict[str, Any]) -> list[dict[str, Any]] | None:
    said = [conf for conf in flavors.values() if isinstance(conf, dict)]
    named = {value for conf in said for key, value in conf.items() if key != "env" and isinstance(value, str)}
    found: list[dict[str, Any]] | None = _asked(_SCAN, str(runtime_folder()), str(root), *sorted(named))
    return found


def _opinions(files: list[Path]) -> dict[str, str]:
    asked: dict[str, str] | None = _asked(_OPINION, str(source_folder().parent), *map(str, files))
    return asked if asked is not None else dict.fromkeys(map(str, files), "error")


def _asked(program: str, *arguments: str) -> Any:
    finished = processes.run([sys.executable, "-I", "-B", "-c", program, *arguments], timeout_s=_TIMEOUT_S)
    try:
        return json.loads(finished.stdout) if finished.returncode == 0 else None
    except ValueError:
        return None
