"""What is compared with what, how often, and what is to be reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks import enforcement, inference, sharing
from benchmarks.comparing import Goal
from benchmarks.laboratory import OVERRIDE
from benchmarks.rounds import Side, take_turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.laboratory import Laboratory
    from benchmarks.measuring import Sample

_SLOW_ROUNDS, _SLOWEST_ROUNDS = 2, 1
_PASS, _HELP, _BUILD = "`python -c pass`", "`mpk --help`", "unchanged `mpk build`"
_MPK, _FLOOR = "`mpk validate`", "floor"
_MLFLOW, _MLFLOW_PIP = "`mlflow models predict`, uv", "`mlflow models predict`, virtualenv"
_OVERRIDE, _MLFLOW_OVERRIDE = f"`mpk validate --override {OVERRIDE}`", "`mlflow.models.predict`, uv"
_VALIDATIONS = (
    Goal(_MPK, _FLOOR, limit=1.5),
    *(Goal(side, base) for side in (_MLFLOW, _MLFLOW_PIP) for base in (_FLOOR, _MPK)),
)
_FIRST, _CODE, _DATA = "first build", "build after a change of code", "build after a change of data"


@dataclass(frozen=True)
class Experiment:
    """A comparison.

    Attributes:
        name: What ``--only`` calls it.
        title: What the table calls it.
        rounds: How often, unless ``--runs`` says otherwise.
        sides: What is compared, given the laboratory and whether MLflow takes part.
        goals: What is to be reached.
        more: What there is to say besides times, given the same, as Markdown.
        with_mlflow: Whether MLflow can take part.
    """

    name: str
    title: str
    rounds: int
    sides: Callable[[Laboratory, bool], list[Side]]
    goals: tuple[Goal, ...] = ()
    more: Callable[[Laboratory, bool], str] | None = None
    with_mlflow: bool = True


@dataclass(frozen=True)
class Measured:
    """An experiment, the samples of each side, and what there is to say besides."""

    experiment: Experiment
    samples: dict[str, list[Sample]]
    more: str = ""


def measure(experiment: Experiment, lab: Laboratory, *, runs: int | None, mlflow: bool) -> Measured:
    """Do an experiment."""
    lab.tell(experiment.title)
    samples = take_turns(experiment.sides(lab, mlflow), runs or experiment.rounds, lab.tell)
    if experiment.name == "build":
        samples = {_FIRST: [lab.first_build], **samples}
    return Measured(experiment, samples, experiment.more(lab, mlflow) if experiment.more else "")


def _start(lab: Laboratory, _mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    return [
        Side(_PASS, lambda: lab.here.run(lab.python, "-c", "pass")),
        Side(_HELP, lambda: lab.here.run(lab.mpk, "--help")),
        Side(_BUILD, lambda: lab.here.run(lab.mpk, "build")),
    ]


def _validate_first(lab: Laboratory, mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    return [
        Side(_FLOOR, lambda: lab.floor_environment() + lab.floor_predict(), lab.forget_floor),
        Side(_MPK, lambda: lab.here.run(lab.mpk, "validate"), lab.forget_environments),
        *_mlflow(lab, mlflow=mlflow),
    ]


def _validate_again(lab: Laboratory, mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    lab.forget_floor()
    lab.floor_environment()
    return [
        Side(_FLOOR, lab.floor_predict),
        Side(_MPK, lambda: lab.here.run(lab.mpk, "validate")),
        *_mlflow(lab, mlflow=mlflow),
    ]


def _mlflow(lab: Laboratory, *, mlflow: bool) -> Sequence[Side]:
    if not mlflow:
        return []
    # It has run in the laboratory already, and keeps nothing that another run would find.
    return [
        Side(_MLFLOW, lab.mlflow_predict, most_rounds=_SLOW_ROUNDS, warm_up=False),
        Side(_MLFLOW_PIP, lambda: lab.mlflow_predict("virtualenv"), most_rounds=_SLOWEST_ROUNDS, warm_up=False),
    ]


def _override(lab: Laboratory, mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    def floor() -> Sample:
        return lab.floor_environment() + lab.floor_install(OVERRIDE) + lab.floor_predict()

    def forget_the_other_environment() -> None:
        lab.forget_environments()
        lab.here.run(lab.mpk, "validate")

    mpk = Side(
        _OVERRIDE, lambda: lab.here.run(lab.mpk, "validate", "--override", OVERRIDE), forget_the_other_environment
    )
    other = Side(_MLFLOW_OVERRIDE, lab.mlflow_override, most_rounds=_SLOWEST_ROUNDS, warm_up=False)
    return [Side(_FLOOR, floor, lab.forget_floor), mpk, *([other] if mlflow else [])]


def _nothing_timed(_lab: Laboratory, _mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    return []


def _build(lab: Laboratory, _mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    def change_code() -> None:
        file = lab.project / "penguins" / "features.py"
        file.write_text(f"{file.read_text()}# another line\n")

    def change_data() -> None:
        file = lab.project / "data" / "penguins.csv"
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(lines[:-1]))

    def build() -> Sample:
        return lab.here.run(lab.mpk, "build")

    return [Side(_CODE, build, change_code, warm_up=False), Side(_DATA, build, change_data, warm_up=False)]


EXPERIMENTS = (
    Experiment(
        "start",
        "start",
        20,
        _start,
        (Goal(_BUILD, _PASS, "difference", 0.3), Goal(_HELP, _PASS, "time", 0.25)),
        with_mlflow=False,
    ),
    Experiment("validate-first", "first validation", 5, _validate_first, _VALIDATIONS),
    Experiment("validate-again", "repeated validation", 10, _validate_again, _VALIDATIONS),
    Experiment(
        "override",
        "override",
        3,
        _override,
        (Goal(_OVERRIDE, _FLOOR), Goal(_MLFLOW_OVERRIDE, _FLOOR), Goal(_MLFLOW_OVERRIDE, _OVERRIDE)),
    ),
    Experiment("build", "build", 2, _build, (Goal(_CODE, _FIRST), Goal(_DATA, _FIRST)), with_mlflow=False),
    Experiment("ten-models", "ten models", 1, sharing.sides, sharing.GOALS, sharing.disk),
    Experiment("enforcement", "enforcement", 1, _nothing_timed, more=enforcement.table),
    Experiment("inference", "inference", 1, _nothing_timed, more=inference.table),
)
