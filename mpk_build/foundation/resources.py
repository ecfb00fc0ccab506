"""Where mpk's own data lies: the same in an editable checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def data_folder(name: str) -> Path:
    """The folder ``stages`` or ``templates``: inside the wheel, or at the top of the checkout.

    Raises:
        FileNotFoundError: mpk is installed without its data.
    """
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise FileNotFoundError(f"mpk is installed without its {name}/ folder; install it again")


def runtime_folder() -> Path:
    """The folder to put on the path of a process so that it can import ``mpk_runtime``."""
    return _PACKAGE / "runtime"


def source_folder() -> Path:
    """The folder of the package ``mpk_build`` itself."""
    return _PACKAGE
