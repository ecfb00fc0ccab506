"""What a model needs, and why: each distribution with its evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

How = Literal["imported", "source", "declared", "extra", "plugin", "metadata", "library", "program"]

# The strongest first: what ran says more than what only stands somewhere.
_ORDER: tuple[How, ...] = ("declared", "imported", "plugin", "library", "program", "metadata", "extra", "source")


@dataclass(frozen=True)
class Evidence:
    """One reason why a distribution is needed.

    Attributes:
        how: ``imported``; ``source``: only the source says so; ``declared`` in the manifest field ``detail``;
        ``extra``: reached through ``detail``, such as ``pandas[parquet]``; ``plugin``: the entry point ``detail``
        was loaded; ``metadata``: its version or files were read; ``library``: a shared object of it was loaded;
        ``program``: one of its programs was started.
        phase: ``loading`` or ``predicting``.
        module: The module that was imported, or the name that was asked for.
        file: The project's file that says so, relative to the project.
        line: The line in it.
        detail: See ``how``; for ``imported`` the distribution that imported it, where that was not the project; for
        ``source`` what speaks against it, such as a ``try`` around it.
    """

    how: How
    phase: str | None = None
    module: str | None = None
    file: str | None = None
    line: int | None = None
    detail: str | None = None

    def document(self) -> dict[str, Any]:
        """As JSON, without what does not apply."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Need:
    """A distribution that the model needs.

    Attributes:
        name: Its normalised name.
        version: That of the source environment; of one that only the manifest names, the locked one.
        required_by: The requirement that pulls it in, or None for one that must be named.
        extras: Those of its extras that are in use.
        evidence: Why, the strongest first.
        asked: The requirement as the manifest has it, or None for one that was found.
    """

    name: str
    version: str
    required_by: str | None = None
    extras: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    asked: str | None = None

    @property
    def requirement(self) -> str | None:
        """What the model asks for, such as ``pandas[parquet]==3.0``, or None for what is pulled in."""
        if self.asked is not None or self.required_by is not None:
            return self.asked
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        return f"{self.name}{extras}=={self.version}"

    def document(self) -> dict[str, Any]:
        """As JSON: the shape of ``needs`` in a report."""
        return {
            "name": self.name,
            "version": self.version,
            "extras": list(self.extras),
            "requirement": self.requirement,
            "required_by": self.required_by,
            "evidence": [one.document() for one in self.evidence],
        }


@dataclass(frozen=True)
class LeftOut:
    """A distribution that was found and is not asked for.

    Attributes:
        name: Its normalised name.
        why: In words.
        evidence: What was found.
    """

    name: str
    why: str
    evidence: tuple[Evidence, ...] = ()

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"name": self.name, "why": self.why, "evidence": [one.document() for one in self.evidence]}


@dataclass
class Found:
    """The evidence that was gathered so far, by distribution."""

    evidence: dict[str, list[Evidence]] = field(default_factory=dict)

    def add(self, name: str, evidence: Evidence) -> None:
        """Add a reason, once."""
        known = self.evidence.setdefault(name, [])
        if evidence not in known:
            known.append(evidence)

    def of(self, name: str) -> tuple[Evidence, ...]:
        """The reasons for a distribution, the strongest first."""
        return tuple(sorted(self.evidence.get(name, ()), key=lambda one: _ORDER.index(one.how)))

    def __contains__(self, name: object) -> bool:
        return name in self.evidence

    def names(self) -> set[str]:
        """All that there is evidence for."""
        return set(self.evidence)
