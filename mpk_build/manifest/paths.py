"""Paths that stand in a manifest: relative to it, there, and inside the project unless the field says otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, ValidationInfo

from mpk_build.foundation.errors import UsageError
from mpk_build.package.uris import addresses, single

_IMAGES = (".png", ".jpg", ".jpeg")
EXAMPLE_SUFFIXES = (".json", ".csv", ".parquet", ".npy", ".npz", ".txt", ".bin", *_IMAGES)


class ManifestPath(str):
    """A path as the manifest has it, checked; `under` gives the file."""

    __slots__ = ()

    def under(self, root: Path) -> Path:
        """The absolute path below the manifest's folder ``root``."""
        return Path(root, self).absolute()


class PackagePath(ManifestPath):
    """The path of a package: a folder with an MLmodel."""

    __slots__ = ()


class PackageUri(PackagePath):
    """The address of a package that lies elsewhere, checked."""

    __slots__ = ()


class CodePath(ManifestPath):
    """The path of code, of which not everything counts that lies there: see `mpk_build.package.code.leaving_out`."""

    __slots__ = ()


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


def _of_code(value: str, info: ValidationInfo) -> CodePath:
    return CodePath(_checked(value, info, may_leave=True))


def _model(value: str, info: ValidationInfo) -> ManifestPath:
    if addresses.scheme_of(value) is not None:
        return _package_uri(value)
    path = _checked(value, info, may_leave=True)
    file = path.under((info.context or {})["root"])
    if (file / "MLmodel").is_file():
        return PackagePath(path)
    if file.is_dir():
        raise ValueError(
            f"'{value}' is a folder without MLmodel; expected a package, or the file of a model that its library saved"
        )
    return path


def _package_uri(value: str) -> PackageUri:
    _refuse_password(value)
    try:
        addresses.local(value)
    except UsageError as error:
        raise ValueError(f"{error}; expected a path, or {error.hint}" if error.hint else str(error)) from None
    return PackageUri(value)


def _refuse_password(uri: str) -> None:
    if urlsplit(uri).password:
        raise ValueError("an address with a password in it; expected that in ~/.netrc or the cloud's own variables")


def _source(value: str, info: ValidationInfo) -> str:
    return value if value == "scan" else _checked(value, info, may_leave=True)


class ArtifactUri(str):
    """The address of an artifact that lies elsewhere, checked."""

    __slots__ = ()


def _artifact(value: str, info: ValidationInfo) -> str:
    if addresses.scheme_of(value) is None:
        return _inside(value, info)
    _refuse_password(value)
    if addresses.scheme_of(value) not in (*addresses.HTTP, *addresses.BUCKETS, "file"):
        raise ValueError(
            f"found '{addresses.shown(value)}'; expected a path, file:, https://, s3://, gs:// or az:// for an artifact"
        )
    try:
        single.name_of(value)
    except UsageError as error:
        raise ValueError(str(error)) from None
    return ArtifactUri(value)


ArtifactPath = Annotated[str, AfterValidator(_artifact)]
InsidePath = Annotated[str, AfterValidator(_inside)]
ModelFile = Annotated[str, AfterValidator(_model)]
CodePathAnywhere = Annotated[str, AfterValidator(_of_code)]
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
    if isinstance(value, dict) and set(value) == {"path", "as"}:
        return _file(value["path"], value["as"], info)
    return _file(value, None, info) if isinstance(value, str) else {"data": value}


def _file(value: Any, wanted: Any, info: ValidationInfo) -> dict[str, Any]:
    if not isinstance(value, str):
        raise ValueError(f"found {value!r} as the path; expected the path of a file")  # noqa: TRY004 - for pydantic
    path = _checked(value, info, may_leave=False)
    suffix = Path(value).suffix.lower()
    if suffix not in EXAMPLE_SUFFIXES:
        *names, last = EXAMPLE_SUFFIXES
        raise ValueError(f"found '{value}'; expected a file {', '.join(names)} or {last}, or the data itself")
    forms = ("image", "array", "bytes") if suffix in _IMAGES else ("bytes",)
    if wanted is not None and wanted not in forms:
        raise ValueError(f"found 'as: {wanted}' for '{value}'; expected {' or '.join(forms)}")
    return {"path": path} if wanted is None else {"path": path, "as": wanted}
