"""What the model raised in its own environment, told so that the next command is in it."""

from __future__ import annotations

import contextlib
import re
import traceback
from typing import Iterator

from mpk_runtime.request_error import RequestError
from mpk_runtime.stage import StageError

_WITHOUT_FILE = (
    "name the file in model: {artifacts: {NAME: PATH}} and open context.artifacts[NAME], or open it beside the code: "
    "Path(__file__).with_name(...)"
)
_DOING = {"load": "while it loaded", "predict": "while it predicted the input example"}


@contextlib.contextmanager
def told(phase: str, providers: dict[str, str]) -> Iterator[None]:
    """Turn what the block raises into a `StageError`.

    Args:
        phase: ``load`` or ``predict``.
        providers: Top-level module to the requirement that provides it, as the source environment has it.
    """
    try:
        yield
    except RequestError as error:
        raise StageError(f"the package refuses its own input example: {error.message}") from error
    except Exception as error:
        traceback.print_exc()
        raise _failure(error, phase, providers) from error


def _failure(error: Exception, phase: str, providers: dict[str, str]) -> StageError:
    found = re.search(r"No module named '([^']+)'", str(error)) if isinstance(error, ModuleNotFoundError) else None
    if found is None:
        return StageError(
            f"the package raised {type(error).__name__} {_DOING[phase]}: {error}",
            _WITHOUT_FILE if isinstance(error, FileNotFoundError) else None,
        )
    module = found.group(1)
    top = module.split(".")[0]
    requirement = providers.get(module) or providers.get(top) or top.replace("_", "-")
    return StageError(
        f"the package needs the module '{module}' {_DOING[phase]}, and its environment does not have it",
        f"mpk validate --override '{requirement}'; to keep it, requirements: {{extra: ['{requirement}']}}",
    )
