"""What the model raised in its own environment, told so that the next command is in it."""

import contextlib
import re
import traceback
from typing import Dict, Iterator

from mpk_runtime.request_error import RequestError
from mpk_runtime.stage import StageFailure

_DOING = {"load": "while it loaded", "predict": "while it predicted the input example"}


@contextlib.contextmanager
def told(phase: str, providers: Dict[str, str]) -> Iterator[None]:
    """Turn what the block raises into a `StageFailure`.

    Args:
        phase: ``load`` or ``predict``.
        providers: Top-level module to the requirement that provides it, as the source environment has it.
    """
    try:
        yield
    except RequestError as error:
        raise StageFailure("the package refuses its own input example: {}".format(error.message)) from error
    except Exception as error:
        traceback.print_exc()
        raise _failure(error, phase, providers) from error


def _failure(error: Exception, phase: str, providers: Dict[str, str]) -> StageFailure:
    found = re.search(r"No module named '([^']+)'", str(error)) if isinstance(error, ModuleNotFoundError) else None
    if found is None:
        return StageFailure("the package raised {} {}: {}".format(type(error).__name__, _DOING[phase], error))
    module = found.group(1)
    top = module.split(".")[0]
    requirement = providers.get(module) or providers.get(top) or top.replace("_", "-")
    return StageFailure(
        "the package needs the module '{}' {}, and its environment does not have it".format(module, _DOING[phase]),
        "mpk validate --override '{0}'; to keep it, requirements: {{extra: ['{0}']}}".format(requirement),
    )
