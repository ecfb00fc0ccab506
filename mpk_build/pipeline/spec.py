"""Stage declarations: one YAML file a stage, the same for those of mpk and for those of a project."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from mpk_build.foundation.errors import ManifestError
from mpk_build.foundation.resources import data_folder
from mpk_build.manifest.loading import in_source
from mpk_build.manifest.yaml_source import YamlSource, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

_NAME = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
_OUTPUT = r"^[A-Za-z0-9_][A-Za-z0-9_.-]*$"


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Declaration(BaseModel):
    """What a stage's YAML file says."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)

    stage: Annotated[str, Field(pattern=_NAME, examples=["model-card"])]
    """Its name; that of the file."""
    summary: str
    """What it does, in one sentence."""
    target: Literal["model", "image", "endpoint"] = "model"
    """It is planned only when the manifest's targets have this."""
    needs: list[str] = []
    """Stages that must have succeeded before."""
    before: list[str] = []
    """Stages that wait for this one."""
    runs_in: Literal["host", "source-env", "model-env"]
    """Which Python runs its script: that of mpk, that of the source environment, or one made from the input
    ``lock``."""
    script: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+\.py$", examples=["model_card.py"])]
    """The script beside this file; it defines ``run(stage)``."""
    inputs: dict[str, Any] = {}
    """What it is handed; files by content."""
    params: dict[str, Any] = {}
    """What steers it."""
    outputs: Annotated[dict[str, Annotated[str, Field(pattern=_OUTPUT, examples=["card.md"])]], Field(min_length=1)]
    """Name to the file or folder that it writes."""
    publish: dict[str, Annotated[list[str], BeforeValidator(_as_list)]] = {}
    """Output to where a copy goes: below ``${dist}`` or ``${project}``, or ``engine:<image name>``."""
    timeout_s: int | str = 3600
    """Seconds after which it is ended."""


@dataclass(frozen=True)
class StageSpec:
    """A declaration and where it stands.

    Attributes:
        says: The declaration.
        source: Its file's text, with positions.
        script: The script's path.
        builtin: Whether it came with mpk.
    """

    says: Declaration
    source: YamlSource
    script: Path
    builtin: bool

    @property
    def name(self) -> str:
        """The stage's name."""
        return self.says.stage


def load_stages(root: Path) -> list[StageSpec]:
    """The stages of a project in the order in which they run: mpk's own, and those of the project's ``stages`` folder.

    A stage of the project replaces one of mpk that has its name.

    Raises:
        ManifestError: A declaration is wrong, names a stage that is not there, or they wait for each other in a circle.
    """
    stages = {spec.name: spec for spec in _declared(data_folder("stages"), builtin=True)}
    own = root / "stages"
    if own.is_dir() and own.resolve() != data_folder("stages").resolve():
        stages.update({spec.name: spec for spec in _declared(own, builtin=False)})
    return _ordered(stages)


def _declared(folder: Path, *, builtin: bool) -> list[StageSpec]:
    found = []
    for file in sorted(folder.glob("*.yaml")):
        source = read_yaml(file, file.name if builtin else f"stages/{file.name}")
        try:
            says = Declaration.model_validate(source.data)
        except ValidationError as error:
            raise in_source(error, source, Declaration) from None
        if says.stage != file.stem:
            raise source.error(f"the stage is called '{says.stage}'; expected '{file.stem}', as its file", ("stage",))
        script = file.parent / says.script
        if not script.is_file():
            raise source.error(f"there is no script '{says.script}' beside this file", ("script",))
        found.append(StageSpec(says, source, script, builtin))
    return found


def _ordered(stages: dict[str, StageSpec]) -> list[StageSpec]:
    waits: dict[str, set[str]] = {name: set() for name in stages}
    for name, spec in stages.items():
        for field, others in (("needs", spec.says.needs), ("before", spec.says.before)):
            for at, other in enumerate(others):
                if other not in stages:
                    known = ", ".join(stages)
                    raise spec.source.error(f"there is no stage '{other}'; there are {known}", (field, at))
                first, second = (other, name) if field == "needs" else (name, other)
                waits[second].add(first)
    try:
        sorter = TopologicalSorter({name: sorted(others) for name, others in waits.items()})
        sorter.prepare()
    except CycleError as error:
        raise ManifestError(f"these stages wait for each other: {' -> '.join(error.args[1])}") from None
    order: list[StageSpec] = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready())
        order.extend(stages[name] for name in ready)
        sorter.done(*ready)
    return order
