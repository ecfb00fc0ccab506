"""From a manifest's file to a `Manifest`, with errors that show the line."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from mpk_build.foundation.errors import ManifestError
from mpk_build.manifest import declared_params
from mpk_build.manifest.schema import Manifest
from mpk_build.manifest.yaml_source import YamlSource, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

_NAMES = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a map",
}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}


@dataclass(frozen=True)
class Project:
    """A manifest and the folder that it stands in.

    Attributes:
        file: The manifest's absolute path.
        root: Its folder; what the manifest's paths are relative to.
        manifest: What it says.
        source: Its text, with the place of everything in it.
    """

    file: Path
    root: Path
    manifest: Manifest
    source: YamlSource


def load_project(file: Path) -> Project:
    """Read and check a manifest.

    Raises:
        ManifestError: It is missing, is no YAML, or is not what a manifest should be; every problem with its place.
    """
    if not file.is_file():
        hint = (
            f"mpk build -f {shlex.quote(str(file / 'mpk.yaml'))}"
            if (file / "mpk.yaml").is_file()
            else "it needs name, model: {entrypoint: module:attribute} and input_example: FILE; mpk schema has the rest"
        )
        raise ManifestError(f"there is no manifest {file}", hint=hint)
    return project_of(read_yaml(file, str(file)), file)


def project_of(source: YamlSource, file: Path) -> Project:
    """The project of a manifest that has been read, or is about to be written.

    Raises:
        ManifestError: It is not what a manifest should be; every problem with its place.
    """
    root = file.parent.resolve()
    try:
        manifest = Manifest.model_validate(source.data, context={"root": root})
    except ValidationError as error:
        raise in_source(error, source, Manifest) from None
    if manifest.targets.endpoint and not manifest.targets.image:
        raise source.error("the target endpoint needs the target image", ("targets", "endpoint"), of_key=True)
    _check_conda(manifest, source)
    if manifest.model.path is not None and manifest.requirements.source == "scan":
        raise source.error(
            "scan reads code, from the entrypoint on, and the file of model.path has none",
            ("requirements", "source"),
            hint="list what its library needs: requirements: {source: requirements.txt}",
        )
    _check_params(manifest, source)
    package = manifest.model.package
    said = [name for name in ("params", "signature") if name in manifest.model_fields_set]
    if package is not None and said:
        raise source.error(
            f"the package {package} has its own {said[0]}", (said[0],), of_key=True, hint=f"take {said[0]} out"
        )
    # Whether a package has an input example of its own is seen when it is read.
    if package is None and manifest.input_example is None and manifest.validation.compare != "off":
        raise source.error(
            "there is no input_example, so nothing could be predicted and the package not be proven",
            (),
            hint="input_example: FILE; to build on what loading alone shows, validate: {compare: off}",
        )
    return Project(root / file.name, root, _with_defaults(manifest), source)


def _check_conda(manifest: Manifest, source: YamlSource) -> None:
    if manifest.validation.manager == "conda":
        if manifest.targets.image:
            raise source.error(
                "an image is made of packages of the index alone, and would lack those of conda",
                ("validate", "manager"),
                hint="targets: {model: {}}",
            )
    elif "conda" in manifest.requirements.model_fields_set:
        raise source.error(
            f"the manager {manifest.validation.manager} installs no conda packages",
            ("requirements", "conda"),
            of_key=True,
            hint="validate: {manager: conda}",
        )


def _check_params(manifest: Manifest, source: YamlSource) -> None:
    declared = manifest.signature["params"] if isinstance(manifest.signature, dict) else None
    found = None if declared is None else declared_params.problem(declared, manifest.params)
    if found is not None:
        message, path, of_key = found
        raise source.error(message, path, of_key=of_key)


def _with_defaults(manifest: Manifest) -> Manifest:
    image = manifest.targets.image
    if image is None or image.name is not None:
        return manifest
    targets = manifest.targets.model_copy(update={"image": image.model_copy(update={"name": manifest.name})})
    return manifest.model_copy(update={"targets": targets})


def in_source(error: ValidationError, source: YamlSource, model: type[BaseModel]) -> ManifestError:
    """What pydantic found wrong with the data of a YAML file, each with its line."""
    details = sorted(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    meant = {_meant(detail, model) for detail in details if detail["type"] == "extra_forbidden"}
    problems = [
        _problem(detail, source, model)
        for detail in details
        if detail["type"] != "missing" or detail["loc"] not in meant
    ]
    first = problems[0]
    if len(problems) == 1:
        return first
    hint = "; ".join(dict.fromkeys(one.hint for one in problems if one.hint)) or None
    return ManifestError("\n".join(one.message for one in problems), hint=hint, position=first.position)


def _meant(detail: ErrorDetails, model: type[BaseModel]) -> tuple[str | int, ...]:
    """The path of the known key that an unknown one is a misspelling of, or nothing."""
    path = detail["loc"]
    close = get_close_matches(str(path[-1]), _fields(model, path[:-1]), n=1)
    return (*path[:-1], close[0]) if close else ()


def _problem(detail: ErrorDetails, source: YamlSource, model: type[BaseModel]) -> ManifestError:
    path = tuple(part for part in detail["loc"] if part != "[key]")
    where = _where(path)
    kind, found = detail["type"], detail["input"]
    if kind == "extra_forbidden":
        known = _fields(model, path[:-1])
        meant = _meant(detail, model)
        message = f"unknown key '{path[-1]}'{_inside(path)}; expected one of {', '.join(known)}"
        return source.error(message, path, hint=f"did you mean '{meant[-1]}'?" if meant else None, of_key=True)
    if kind == "missing":
        return source.error(f"the key '{path[-1]}' is missing{_inside(path)}", path[:-1], hint="mpk schema")
    if kind in ("value_error", "at_a_place"):
        place = detail["ctx"]
        path = (*path, *place.get("path", ()))
        message = f"{_where(path)}: {place['error']}"
        return source.error(message, path, hint=place.get("hint"), of_key=place.get("of_key", False))
    if kind in _EXPECTED:
        return _wrong_type(where, _EXPECTED[kind], found, path, source)
    if kind == "string_pattern_mismatch":
        examples = _examples(model, path)
        expected = f"expected such as '{examples[0]}'" if examples else f"expected {detail['ctx']['pattern']}"
        return source.error(f"{where}: found '{found}'; {expected}", path, of_key=detail["loc"][-1] == "[key]")
    return source.error(f"{where}: found {found!r}; {detail['msg'][0].lower()}{detail['msg'][1:]}", path)


def _wrong_type(
    where: str, expected: str, found: Any, path: tuple[str | int, ...], source: YamlSource
) -> ManifestError:
    raw = source.raw(path)
    if found is None:
        return source.error(f"{where}: found nothing; expected {expected}", path)
    hint = f'quote it: "{raw}"' if expected == "text" and raw is not None else None
    shown = (
        f"{_NAMES.get(type(found).__name__, type(found).__name__)} {raw}"
        if raw is not None
        else _NAMES[type(found).__name__]
    )
    return source.error(f"{where}: found {shown}; expected {expected}", path, hint=hint)


def _where(path: tuple[str | int, ...]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")


def _inside(path: tuple[str | int, ...]) -> str:
    return f" in {_where(path[:-1])}" if len(path) > 1 else ""


def _field(model: type[BaseModel], path: tuple[str | int, ...]) -> Any:
    current: Any = model
    info = None
    for part in path:
        fields = {(one.alias or name): one for name, one in getattr(current, "model_fields", {}).items()}
        info = fields.get(str(part))
        current = _part_of(info.annotation) if info is not None else None
    return info


def _part_of(annotation: Any) -> Any:
    options = [annotation, *getattr(annotation, "__args__", ())]
    return next((one for one in options if isinstance(one, type) and issubclass(one, BaseModel)), None)


def _fields(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    current = model if not path else _part_of(_field(model, path).annotation)
    return [one.alias or name for name, one in current.model_fields.items()]


def _examples(model: type[BaseModel], path: tuple[str | int, ...]) -> list[Any]:
    info = _field(model, path)
    if info is None:
        return []
    # Of an optional field the annotation stands inside of the union.
    inner = [
        meta for option in getattr(info.annotation, "__args__", ()) for meta in getattr(option, "__metadata__", ())
    ]
    options = [info, *info.metadata, *inner]
    return next((list(one.examples) for one in options if getattr(one, "examples", None)), [])
