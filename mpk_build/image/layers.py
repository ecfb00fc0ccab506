"""Layers kept by what they are made from, so that a change of the model reuses those of its dependencies.

The folder is shared by concurrent builds: everything is written under a temporary name and renamed, and two
that make the same layer make the same bytes. A blob is checked against its digest each time it is used.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.foundation import documents, resources
from mpk_build.foundation.digests import of_file, of_source, of_value
from mpk_build.image import compiled, tarball
from mpk_build.image.descriptors import Layer, blob_path
from mpk_build.image.entries import content_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mpk_build.image.entries import Entry
    from mpk_build.image.interpreter import Interpreter


@cache
def code_digest() -> str:
    """The digest of the code that decides what a layer's bytes are."""
    return of_value([of_source(resources.source_folder() / "image"), of_file(compiled.script()), tarball.COMPRESSOR])


class LayerCache:
    """Layers in a folder: ``layers/<key>.json`` says which blob in ``blobs/sha256`` the key's layer is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, purpose: str, key: str) -> Layer | None:
        """The layer of a key if it is here and sound."""
        try:
            data = documents.read_json(self._record(key))
            layer = Layer(**data)
            if of_file(blob_path(self.folder, layer.digest)) == layer.digest:
                return replace(layer, purpose=purpose, cached=True)
        except (OSError, ValueError, TypeError):
            pass
        return None

    def layer(
        self, purpose: str, entries: Sequence[Entry], compile_at: str = "", python: Interpreter | None = None
    ) -> Layer:
        """A layer of some files, with bytecode for those below ``compile_at`` if ``python`` is given.

        Raises:
            MachineError: The interpreter can't compile.
            OSError: A file can't be read, or the cache can't be written.
        """
        return self.keyed(purpose, self.key(entries, compile_at, python), entries, compile_at, python)

    def key(self, entries: Sequence[Entry], compile_at: str = "", python: Interpreter | None = None) -> str:
        """The key of the layer of some files: everything that its bytes follow from."""
        return content_key(entries, compile_at, python.identity if python else None, code_digest())

    def keyed(
        self,
        purpose: str,
        key: str,
        entries: Sequence[Entry],
        compile_at: str = "",
        python: Interpreter | None = None,
    ) -> Layer:
        """As `layer`, when the key is known."""
        known = self.find(purpose, key)
        if known:
            return known
        with self.scratch() as scratch:
            extra = compiled.bytecode(entries, compile_at, python, scratch) if python else []
            packed = tarball.pack([*entries, *extra], self.folder / "blobs" / "sha256")
        layer = Layer(purpose, packed.digest, packed.diff_id, packed.size, packed.uncompressed)
        documents.write_whole(self._record(key), documents.canonical(asdict(layer)))
        return layer

    @contextlib.contextmanager
    def scratch(self) -> Iterator[Path]:
        """A temporary folder beside the layers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".scratch.", dir=self.folder) as folder:
            yield Path(folder)

    def _record(self, key: str) -> Path:
        return self.folder / "layers" / f"{key}.json"
