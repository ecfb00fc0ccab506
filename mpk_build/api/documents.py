"""The MLmodel document as Python's users have it: with what needs a store or a server."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from mpk_build.api.packages import caches
from mpk_build.package import model
from mpk_build.package.uris import fetching, logging_models

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.uris.logging_models import Logged, Wish


class Model(model.Model):
    """An MLmodel document."""

    @classmethod
    def of(cls, document: model.Model) -> Self:
        """The same, of a document that was read."""
        return cls(**vars(document))

    @classmethod
    def load(cls, uri: str | Path) -> Self:
        """Read the document of a package, or an MLmodel file.

        Raises:
            UsageError: It names neither; says what is missing or broken.
            MachineError: Its place can't be reached.
        """
        from mpk_build.package.reading import read

        folder = fetching.folder_of(os.fspath(uri), caches)
        return cls.of(model.read(folder) if folder.is_file() else read(folder).model)

    def log(self, name: str, wish: Wish | None = None) -> Logged:
        """Log the package that this document was read from to the server that ``MLFLOW_TRACKING_URI`` names.

        Args:
            name: What to call it there.
            wish: The run, the experiment, the registered model; default: a logged model of the default experiment.

        Raises:
            UsageError: It was read from no package, or the server refuses.
            MachineError: The server can't be reached.
        """
        return logging_models.log(self, name, wish or logging_models.Wish())
