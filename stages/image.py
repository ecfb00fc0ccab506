"""Assembles the image of a package; see docs/images.md."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import locating, lockfile
from mpk_build.environment.installing import install_tree
from mpk_build.foundation.documents import read_json
from mpk_build.image.assemble import Ingredients, assemble
from mpk_build.image.config import Naming

if TYPE_CHECKING:
    from mpk_runtime.stage import Stage


def run(stage: Stage) -> None:
    """Write the image as an OCI layout, and report its digest, layers and sizes."""
    inputs, params = stage.inputs, stage.params
    naming = Naming(
        name=params["name"],
        title=params["model"],
        version=params["version"],
        description=params["description"],
        tags=tuple(params["tags"]),
        user=params["user"],
        labels=params["labels"],
        variables={name: str(value) for name, value in params["variables"].items() if value is not None},
    )
    ingredients = Ingredients(
        package=Path(inputs["package"]),
        document=Path(inputs["document"]),
        lock=Path(inputs["lock"]),
        python=Path(inputs["interpreter"]),
        base=inputs["base"],
        opened=tuple(read_json(Path(inputs["libraries"]))),
    )

    def install(lock: Path, tree: Path, python: Path) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "pylock.toml")
            wheels = ingredients.package / lockfile.WHEELS
            file.write_text(locating.located(lock.read_text(), wheels, Path(stage.cache)))
            install_tree(file, tree, python)

    made = assemble(ingredients, naming, Path(stage.outputs["image"]), Path(stage.cache, "image"), install)
    stage.facts.update(made.facts)
    stage.depends_on(str(path) for path in made.machine_files)
