"""All that is inferred of a model, and what is told of that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import inference
from mpk_build.environment.evidence import Gathering, relative
from mpk_build.environment.mentioned import Mentions
from mpk_build.environment.names import normalised
from mpk_build.environment.needs import Evidence, LeftOut, Need
from mpk_build.environment.scanning.scan import Loaded, scan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mpk_build.environment.capturing import SourceProject
    from mpk_build.environment.evidence import Module
    from mpk_build.environment.inference import Choice
    from mpk_build.environment.installed import Installed
    from mpk_build.environment.observing import Observation


@dataclass(frozen=True)
class Explanation:
    """What a model needs, and how that is known.

    Attributes:
        needs: What it needs, by name.
        left_out: What was found besides.
        own: The modules that belong to no distribution.
        missing: Modules that only source mentions and that are not installed.
        computed: ``file:line`` of imports by a name that is known only when the code runs.
        unread: Files of code that mpk could not read.
    """

    needs: list[Need]
    left_out: list[LeftOut]
    own: list[Module]
    missing: list[dict[str, Any]]
    computed: list[str]
    unread: list[str]


def explain(
    seen: Observation, installed: Installed, project: SourceProject, given: tuple[Path, ...], choice: Choice
) -> Explanation:
    """Infer what a model needs, from what it was seen to do and from its source."""
    gathering = Gathering(installed, project.import_roots, seen.target.version[:2])
    gathering.modules(seen.modules)
    gathering.uses(seen.uses)
    result = gathering.result
    python_model = seen.capture.get("python_model") or {}
    loaded = Loaded(
        modules=tuple((one.name, Path(one.file)) for one in result.own if _is_inside(Path(one.file), project)),
        entrypoint=python_model.get("entrypoint"),
        references=seen.references,
        code=seen.code,
        given=given,
        is_object=python_model.get("kind") == "instance",
    )
    read = scan(loaded, project.import_roots, seen.target)
    mentions = Mentions(gathering, seen.target)
    mentions.add(read)
    needs, left_out = inference.infer(result, installed, choice)
    return Explanation(
        needs,
        left_out,
        result.own,
        mentions.missing,
        [f"{relative(file, project.root)}:{line}" for file, line in read.computed],
        [relative(file, project.root) for file in read.unread],
    )


def told(found: Explanation, carried: list[Need], pip: Sequence[str] | None, extra: Sequence[str]) -> dict[str, Any]:
    """What a report has of it; ``pip`` and ``extra`` are the manifest's."""
    needs = {need.name: need for need in [*found.needs, *carried]}
    left_out = list(found.left_out)
    if pip is not None:
        why = "requirements.pip is given instead of what is found"
        named = {_name(one) for one in pip} | {_name(one) for one in extra}
        left_out += [LeftOut(one.name, why, one.evidence) for one in needs.values() if one.name not in named]
        needs = {name: need for name, need in needs.items() if name in named}
    for field, requirements in (("requirements.pip", pip or ()), ("requirements.extra", extra)):
        for text in requirements:
            known = needs.get(_name(text), Need(_name(text), ""))
            evidence = (Evidence("declared", detail=field), *(one for one in known.evidence if one.how != "declared"))
            needs[known.name] = replace(known, asked=text, required_by=None, evidence=evidence)
    return {
        "needs": [needs[name].document() for name in sorted(needs)],
        "left_out": [one.document() for one in sorted(left_out, key=lambda one: one.name)],
        "missing": found.missing,
        "computed_imports": found.computed,
        "unread": found.unread,
    }


def _name(requirement: str) -> str:
    from packaging.requirements import Requirement

    return normalised(Requirement(requirement).name)


def _is_inside(file: Path, project: SourceProject) -> bool:
    return any(file.is_relative_to(root) for root in project.import_roots)
