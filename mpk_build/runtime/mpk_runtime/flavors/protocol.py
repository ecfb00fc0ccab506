"""What a flavor is: a module with these functions. For what is none of a library's, those of a reader will do.

One that a distribution brings says two things besides, which for those of mpk stand in `mpk_runtime.flavors.table`:
``LOADER_MODULES``, the values of ``loader_module`` in MLmodel that it reads, and perhaps ``LIBRARY``, a module that is
imported already wherever one of its models exists, and ``SUFFIXES``, of files that no other library saves.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, Protocol

# The document of an MLmodel file, or a part of it.
Document = Dict[str, Any]
# predict(model_input, params), where params may be left out, or None.
Predict = Callable[..., Any]


class Reader(Protocol):
    """What reads packages of a kind. What a function raises is told to the person, with what was being done."""

    def load(self, root: str, document: Document) -> Any:
        """The library's own object, of the package at ``root`` whose MLmodel says ``document``."""

    def function(self, native: Any, document: Document) -> Predict:
        """``predict(model_input, params=None)`` of what `load` returned; params are checked and complete."""

    def requirements(self) -> list[str]:
        """The names of the distributions that loading and predicting need, whatever the model."""


class Flavor(Reader, Protocol):
    """A library's kind of model, which is written, too."""

    def detect(self, model: Any) -> bool:
        """Whether ``model`` is of this kind. It imports nothing: where there is such a model, its library is."""

    def save(self, model: Any, folder: str) -> Document:
        """Write ``model`` into ``folder``, which exists, with the same bytes each time.

        Returns:
            The flavors of MLmodel: ``python_function`` with its ``loader_module``, and the flavor's own block.
        """

    def adopt(self, path: str, folder: str) -> Document:
        """As `save`, of the model in a file that the library itself saved.

        What is raised becomes a sentence: ``NAME can't read FILE: it holds a list; expected ...``.
        """
