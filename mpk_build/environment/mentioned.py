"""From what source mentions to the distributions of the source environment, and to what that does not have.

What is installed there counts, also where the code would go on without it; but no alternative to something that is
there. What is not installed is told and is no error: that the code comes to run it is not known, and if it
does, it fails the same way in the source environment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mpk_build.environment.evidence import relative
from mpk_build.environment.names import normalised
from mpk_build.environment.needs import Evidence, LeftOut

if TYPE_CHECKING:
    from mpk_build.environment.evidence import Gathering
    from mpk_build.environment.scanning.conditions import Target
    from mpk_build.environment.scanning.scan import Mention, Scan

_EVIDENCE_OF_ONE = 3


@dataclass
class Mentions:
    """Adds what source mentions to what was gathered.

    Attributes:
        gathering: What is known so far; its result is added to.
        target: What the model runs on.
        missing: Modules that are not installed: ``{"module", "file", "line", "optional"}``.
    """

    gathering: Gathering
    target: Target
    missing: list[dict[str, Any]] = field(default_factory=list)

    def add(self, scan: Scan) -> None:
        """Add the mentions of a scan."""
        for one in scan.reached:
            if not one.library:
                self._reached(one)
        for one in scan.reached:
            if one.library:
                self._by_name(one)
        for one in scan.unreached:
            owner = self._owner(one)
            if owner is not None and owner not in self.gathering.result.found:
                evidence = self._evidence(one)
                why = "only in code that the model does not reach"
                self.gathering.result.left_out.setdefault(owner, LeftOut(owner, why, (evidence,)))
        self.missing.sort(key=lambda one: (one["file"], one["line"], one["module"]))

    def _reached(self, one: Mention) -> None:
        result = self.gathering.result
        owner = self._owner(one)
        if owner is None:
            self._absent(one)
            return
        if one.instead_of and all(self._is_there(module) for module in one.instead_of):
            if owner not in result.found:
                result.left_out.setdefault(owner, LeftOut(owner, one.why or "", (self._evidence(one),)))
            return
        if not one.is_distribution:
            result.direct.add(owner)
        self._tell(owner, one)

    def _by_name(self, one: Mention) -> None:
        owners = self.gathering.installed.owners
        found = self.gathering.result.found
        libraries = {name for library in one.library for name in owners.of_module(library)}
        installed = [name for module in one.names for name in owners.of_module(module)[:1]]
        if libraries & found.names() and installed and not set(installed) & found.names():
            self._tell(installed[0], one)

    def _tell(self, owner: str, one: Mention) -> None:
        found = self.gathering.result.found
        evidence = self._evidence(one)
        known = found.of(owner)
        seen = any((other.file, other.line) == (evidence.file, evidence.line) for other in known)
        if not seen and sum(other.how == "source" for other in known) < _EVIDENCE_OF_ONE:
            found.add(owner, evidence)

    def _owner(self, one: Mention) -> str | None:
        installed = self.gathering.installed
        if one.is_distribution:
            name = normalised(one.names[0])
            return name if name in installed else None
        if self._is_standard(one.names[0]):
            return None
        owners = installed.owners.of_module(one.names[0]) or self._editable(one.names[0])
        return next((name for name in owners if name in self.gathering.result.found), owners[0] if owners else None)

    def _editable(self, module: str) -> tuple[str, ...]:
        found = self.gathering.installed.owners.of_editable(module)
        if found is None or self.gathering.is_editable_here(found[0], found[1:]):
            return ()
        return found[1:]

    def _absent(self, one: Mention) -> None:
        module = one.names[-1]
        if self._is_standard(module) or one.is_distribution or self.gathering.installed.owners.of_editable(module):
            return
        if any((root / module.replace(".", "/")).is_dir() for root in self.gathering.roots):
            return
        file = relative(one.file, self.gathering.roots[0])
        entry = {"module": module, "file": file, "line": one.line, "optional": one.guarded}
        if entry not in self.missing:
            self.missing.append(entry)

    def _is_there(self, module: str) -> bool:
        owners = self.gathering.installed.owners
        return self._is_standard(module) or bool(owners.of_module(module) or owners.of_editable(module))

    def _is_standard(self, module: str) -> bool:
        return module.partition(".")[0] in self.target.standard

    def _evidence(self, one: Mention) -> Evidence:
        file = relative(one.file, self.gathering.roots[0])
        return Evidence("source", module=one.names[-1], file=file, line=one.line, detail=one.why)
