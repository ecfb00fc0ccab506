"""What the model raised, as data: what it means and what to type next is told on the host, which has a catalogue.

A failure is ``{"phase", "type", "message", "module", "path", "through", "frames", "causes", "warnings", "python"}``:

- ``phase``: what was being done: ``load``, ``predict``, ``encode``, ``import``, ``compare`` ...
- ``module``: the module that an ImportError names, or null; ``path``: the file that an OSError or a SyntaxError names.
- ``through``: the modules whose code was being run, outermost first; the last one raised.
- ``frames``: ``[{"file", "line", "function"}]``, outermost first, of the model's own code alone.
- ``causes``: ``[{"type", "message"}]`` of what it was raised from, nearest first.
- ``warnings``: ``[{"category", "message"}]``, of all that was done so far.

Values of variables, which may be somebody's data, are never in it.
"""

from __future__ import annotations

import contextlib
import os
import platform
import traceback
import warnings
from typing import Any, Dict, Iterator

from mpk_runtime.request_error import RequestError
from mpk_runtime.signature.error import SignatureError
from mpk_runtime.stage import StageError

Failure = Dict[str, Any]
_DOING = {"load": "while it loaded", "predict": "while it predicted the input example"}
_MOST_FRAMES = 10
_MOST_WARNINGS = 20
_MOST_CHARACTERS = 2000


class Watch:
    """Tells failures of one process, and notes the warnings of it from now on.

    Args:
        roots: The folders of the model's own code.
    """

    def __init__(self, roots: list[str]) -> None:
        self._roots = [os.path.join(os.path.realpath(root), "") for root in roots]
        self._warnings: list[dict[str, str]] = []
        self._show = warnings.showwarning
        warnings.showwarning = self._note

    @contextlib.contextmanager
    def told(self, phase: str) -> Iterator[None]:
        """Turn what the block raises into a `StageError`; ``phase`` is ``load``, ``predict`` or ``predict <what>``."""
        try:
            yield
        except RequestError as error:
            what = "its own input example" if phase == "predict" else phase[len("predict ") :]
            raise StageError(f"the package refuses {what}: {error.message}") from error
        except SignatureError as error:
            message = f"the package's MLmodel has a signature that can't be read: {error}"
            raise StageError(message, failure=self.of(error, phase)) from error
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            # SystemExit too, and what extensions in Rust raise when they panic.
            traceback.print_exc()
            doing = _DOING.get(phase, f"while trying to {phase}")
            message = f"the package raised {type(error).__name__} {doing}: {error}"
            raise StageError(message, failure=self.of(error, phase)) from error

    def of(self, error: BaseException, phase: str) -> Failure:
        """The failure that an exception is."""
        frames = list(traceback.walk_tb(error.__traceback__))
        return {
            **self.without_exception(phase, type(error).__name__, str(error)),
            "module": getattr(error, "name", None) if isinstance(error, ImportError) else None,
            "path": self._path(error),
            "through": [str(frame.f_globals.get("__name__")) for frame, _ in frames][-_MOST_FRAMES:],
            "frames": self._frames(frames),
            "causes": [{"type": type(one).__name__, "message": _short(str(one))} for one in _causes(error)],
        }

    def without_exception(self, phase: str, kind: str, message: str) -> Failure:
        """A failure that nothing was raised for, such as predictions that differ."""
        return {
            "phase": phase,
            "type": kind,
            "message": _short(message),
            "module": None,
            "path": None,
            "through": [],
            "frames": [],
            "causes": [],
            "warnings": self._warnings,
            "python": platform.python_version(),
        }

    def _note(self, message: Any, category: Any, *arguments: Any, **options: Any) -> None:
        noted = {"category": category.__name__, "message": _short(str(message))}
        if noted not in self._warnings and len(self._warnings) < _MOST_WARNINGS:
            self._warnings.append(noted)
        self._show(message, category, *arguments, **options)

    def _path(self, error: BaseException) -> str | None:
        if not isinstance(error, (OSError, SyntaxError)) or not isinstance(error.filename, str):
            return None
        path = self._own(error.filename) or error.filename
        return f"{path}:{error.lineno}" if isinstance(error, SyntaxError) else path

    def _frames(self, frames: list[Any]) -> list[dict[str, Any]]:
        found = []
        for frame, line in frames:
            file = self._own(frame.f_code.co_filename)
            if file is not None:
                found.append({"file": file, "line": line, "function": frame.f_code.co_name})
        return found[-_MOST_FRAMES:]

    def _own(self, file: str) -> str | None:
        # Code that goes along by value keeps the relative name that it was pickled with.
        if not os.path.isabs(file):
            return file if file.endswith(".py") else None
        real = os.path.realpath(file)
        if "/site-packages/" in real:
            return None
        return next((real[len(root) :] for root in self._roots if real.startswith(root)), None)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    cause = error.__cause__ or error.__context__
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__


def _short(text: str) -> str:
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "..."
