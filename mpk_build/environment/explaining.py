"""All that is inferred of a model, and what is told of that."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import inference
from mpk_build.environment.evidence import Gathering, relative
from mpk_build.environment.mentioned import Mentions
from mpk_build.environment.names import normalised, of_requirement
from mpk_build.environment.needs import Evidence, LeftOut, Need
from mpk_build.environment.optional import Trials
from mpk_build.environment.scanning.scan import Loaded, Scan, scan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mpk_build.environment.capturing import SourceProject
    from mpk_build.environment.evidence import Gathered
    from mpk_build.environment.inference import Choice
    from mpk_build.environment.installed import Installed
    from mpk_build.environment.locking import Wishes
    from mpk_build.environment.observing import Observation
    from mpk_build.environment.optional import Without
    from mpk_build.environment.seen import Module


@dataclass(frozen=True)
class Code:
    """Where a model's source is: its project, and the manifest's ``code_paths``."""

    project: SourceProject
    given: tuple[Path, ...]


@dataclass(frozen=True)
class Explanation:
    """What a model needs, and how that is known.

    Attributes:
        seen: What was observed, without what the model does without.
        needs: What it needs, by name.
        left_out: What was found besides.
        own: The modules that belong to no distribution.
        missing: Modules that only source mentions and that are not installed.
        computed: ``file:line`` of imports by a name that is known only when the code runs.
        unread: Files of code that mpk could not read.
    """

    seen: Observation
    needs: list[Need]
    left_out: list[LeftOut]
    own: list[Module]
    missing: list[dict[str, Any]]
    computed: list[str]
    unread: list[str]


def explain(seen: Observation, code: Code, installed: Installed, choice: Choice, without: Without) -> Explanation:
    """Infer what a model needs, from what it was seen to do and from its source.

    Args:
        seen: What it was seen to do.
        code: Where its source is.
        installed: The source environment.
        choice: What the manifest says of inference.
        without: Observes again with files of the environment hidden; None where that fails.
    """
    roots = code.project.import_roots
    mentions: list[Mentions] = []
    scans: list[Scan] = []

    def gather(seen: Observation) -> Gathered:
        gathering = Gathering(installed, roots, seen.target.version, code.given)
        gathering.modules(seen.modules)
        gathering.uses(seen.uses)
        scans.append(scan(_loaded(seen, gathering.result, code), roots, seen.target))
        mentions.append(Mentions(gathering, seen.target))
        mentions[-1].add(scans[-1])
        return gathering.result

    trials = Trials(seen, gather, without, installed)
    trials.run()
    needs, left_out = inference.infer(trials.gathered, installed, choice)
    return Explanation(
        trials.seen,
        needs,
        left_out,
        trials.gathered.own,
        mentions[0].missing,
        [f"{relative(file, roots[0])}:{line}" for file, line in scans[0].computed],
        [relative(file, roots[0]) for file in scans[0].unread],
    )


def _loaded(seen: Observation, gathered: Gathered, code: Code) -> Loaded:
    python_model = seen.capture.get("python_model") or {}
    roots = code.project.import_roots
    inside = [one for one in gathered.own if any(Path(one.file).is_relative_to(root) for root in roots)]
    return Loaded(
        modules=tuple((one.name, Path(one.file)) for one in inside),
        entrypoint=python_model.get("entrypoint"),
        references=seen.references,
        code=seen.code,
        given=code.given,
        is_object=python_model.get("kind") == "instance",
    )


def of_flavor(found: Explanation, installed: Installed) -> list[Need]:
    """What the model's flavor always needs, is installed, and was not seen to be needed: as where nothing predicted."""
    capture = found.seen.capture
    known = {need.name for need in found.needs}
    why = Evidence("declared", detail=f"the flavor {capture['kind']}")
    wanted = [normalised(name) for name in capture.get("requires", ())]
    return [
        Need(name, installed.versions[name], evidence=(why,))
        for name in wanted
        if name in installed.versions and name not in known
    ]


def told(found: Explanation, besides: list[Need], wishes: Wishes, locked: Mapping[str, str]) -> dict[str, Any]:
    """What a report has of it, with what the manifest says of requirements and the versions that were locked."""
    pip, extra = wishes.pip, wishes.extra
    needs = {need.name: need for need in [*found.needs, *besides]}
    left_out = list(found.left_out)
    if pip is not None:
        why = "requirements.pip is given instead of what is found"
        named = {of_requirement(one) for one in pip} | {of_requirement(one) for one in extra}
        left_out += [LeftOut(one.name, why, one.evidence) for one in needs.values() if one.name not in named]
        needs = {name: need for name, need in needs.items() if name in named}
    for field, requirements in (("requirements.pip", pip or ()), ("requirements.extra", extra)):
        for text in requirements:
            known = needs.get(of_requirement(text), Need(of_requirement(text), locked.get(of_requirement(text), "")))
            evidence = (Evidence("declared", detail=field), *(one for one in known.evidence if one.how != "declared"))
            needs[known.name] = replace(known, asked=text, required_by=None, evidence=evidence)
    return {
        "needs": [needs[name].document() for name in sorted(needs)],
        "left_out": [one.document() for one in sorted(left_out, key=lambda one: one.name)],
        "missing": found.missing,
        "computed_imports": found.computed,
        "unread": found.unread,
    }
