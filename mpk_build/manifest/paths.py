"""Paths that stand in a manifest: relative to it, there, and inside the project unless the field says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, ValidationInfo


class ManifestPath(str):
    """A path as the manifest has it, checked; `under` gives the file."""

    __slots__ = ()

    def under(self, root: Path) -> Path:
        """The absolute path below the manifest's folder ``root``."""
        return Path(root, self).absolute()


def _checked(value: str, info: ValidationInfo, *, may_leave: bool) -> ManifestPath:
    root: Path = (info.context or {})["root"]
    if "\0" in value or not value.strip():
        raise ValueError("found an empty path or one with a NUL; expected the path of a file")
    path = Path(root, value)
    if not may_leave and (Path(value).is_absolute() or not path.resolve().is_relative_to(root.resolve())):
        raise ValueError(f"the path '{value}' leaves the project; expected a path below the manifest's folder")
    if not may_leave and path.resolve() == root.resolve():
        raise ValueError(f"the path '{value}' is the whole project; expected a file or a folder in it")
    if not path.exists():
        raise ValueError(f"there is no '{value}' beside the manifest{_nearest(path)}")
    return ManifestPath(value)


def _nearest(path: Path) -> str:
    from difflib import get_close_matches

    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return ""
    close = get_close_matches(path.name, names, n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


def _inside(value: str, info: ValidationInfo) -> ManifestPath:
    return _checked(value, info, may_leave=False)


def _anywhere(value: str, info: ValidationInfo) -> ManifestPath:
    return _checked(value, info, may_leave=True)


def _source(value: str, info: ValidationInfo) -> str:
    return value if value == "scan" else _checked(value, info, may_leave=True)


InsidePath = Annotated[str, AfterValidator(_inside)]
AnywherePath = Annotated[str, AfterValidator(_anywhere)]
# A path, or the word 'scan': a file of that name is './scan'.
SourcePath = Annotated[str, AfterValidator(_source)]


def base_image(value: str, info: ValidationInfo) -> str:
    """An OCI layout folder becomes a path, so that its content counts; anything else is a name."""
    root: Path = (info.context or {})["root"]
    if value != "scratch" and (value.startswith(("./", "../", "/")) or Path(root, value).is_dir()):
        return _checked(value, info, may_leave=True)
    return value


def example_source(value: Any, info: ValidationInfo) -> dict[str, Any]:
    """An input example: the path of a file, or the data itself."""
    if not isinstance(value, str):
        return {"data": value}
    path = _checked(value, info, may_leave=False)
    if Path(value).suffix.lower() not in (".json", ".csv"):
        raise ValueError(f"found '{value}'; expected a .json or .csv file, or the data itself")
    return {"path": path}
