"""Which distributions a model does without: those that a library imports only because they are there.

A library that imports what it does not require can go on without it, as a rule. Whether the model can is tried: it is
loaded and its example predicted in the source environment with these distributions hidden. What fails then, or predicts
anything else in any digit (an accelerator in another precision), is needed; the rest would be installed in vain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpk_build.environment.inference import not_pulled_in
from mpk_build.environment.needs import LeftOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mpk_build.environment.evidence import Gathered
    from mpk_build.environment.installed import Installed
    from mpk_build.environment.observing import Observation

    Without = Callable[[set[str]], Observation | None]
    Gather = Callable[[Observation], Gathered]

_TRIED = frozenset(("imported", "plugin"))


class Trials:
    """Tries what a model does without.

    Args:
        seen: What was observed with everything there; afterwards what was observed without the rest.
        gather: From an observation to its evidence.
        without: Observes again with files of the environment hidden; None where that fails.
        installed: The source environment.
    """

    def __init__(self, seen: Observation, gather: Gather, without: Without, installed: Installed) -> None:
        self.seen = seen
        self.gathered = gather(seen)
        self._predictions = seen.capture["predictions"]
        self._gather = gather
        self._without = without
        self._installed = installed
        self._hidden: dict[str, LeftOut] = {}
        self._needed: set[str] = set()

    def run(self) -> None:
        """Hide what can be hidden; `gathered` is then what is left, with the rest among its ``left_out``.

        Nothing is tried where no prediction could tell: there is none, or it is another one every time.
        """
        while self._predictions is not None and not self.seen.capture["repeats"]:
            waiting = [name for name in candidates(self.gathered, self._installed) if name not in self._needed]
            if not waiting:
                break
            if not self._hide(waiting):
                self._needed.update(name for name in waiting if len(waiting) == 1 or not self._hide([name]))
        self.gathered.left_out.update(self._hidden)

    def _hide(self, names: list[str]) -> bool:
        hidden = sorted({*self._hidden, *names})
        files = {file for name in hidden for file in self._installed.owners.files(name)}
        seen = self._without(files)
        if seen is None or seen.capture["predictions"] != self._predictions:
            return False
        gathered = self._gather(seen)
        if not gathered.found.names().isdisjoint(names):
            # It could not be hidden: an editable project, or files that another distribution has as well.
            return False
        for name in names:
            by = " and ".join(sorted(self.gathered.importers.get(name, ())))
            why = f"{f'optional for {by}, and ' if by else ''}the model predicts the same without it"
            self._hidden[name] = LeftOut(name, why, self.gathered.found.of(name))
        self.seen, self.gathered = seen, gathered
        return True


def candidates(gathered: Gathered, installed: Installed) -> list[str]:
    """What only libraries imported, none of which requires it."""
    found = gathered.found
    named = not_pulled_in(found.names(), gathered.direct, installed)
    return sorted(
        name for name in named - gathered.direct - gathered.rooted if _are_tried(one.how for one in found.of(name))
    )


def _are_tried(hows: Iterable[str]) -> bool:
    return set(hows) <= _TRIED
