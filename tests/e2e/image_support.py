"""Small images for tests: a package that needs no library, a lock of two small wheels, base images made by hand."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import platform
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from endpoints import write_package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mpk_build.image.assemble import Assembled

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

# Real wheels of the index; six has one module, h11 a package with tests.
LOCK = """\
lock-version = "1.0"
created-by = "uv"
requires-python = ">=3.8"

[[packages]]
name = "h11"
version = "0.16.0"
wheels = [{ url = "https://files.pythonhosted.org/packages/04/4b/29cac41a4d98d144bf5f6d33995617b185d14b22401f75ca86f384e87ff1/h11-0.16.0-py3-none-any.whl", hashes = { sha256 = "63cf8bbe7522de3bf65932fda1d9c2772064ffb3dae62d55932da54b31cb6c86" } }]

[[packages]]
name = "six"
version = "1.17.0"
wheels = [{ url = "https://files.pythonhosted.org/packages/b7/ce/149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0ed46c2cc5e/six-1.17.0-py2.py3-none-any.whl", hashes = { sha256 = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274" } }]
"""

Members = dict[str, bytes | str | None]


def layer(path: Path, members: Mapping[str, bytes | str | None], *, compress: bool = True) -> Path:
    """A layer: bytes for a file, text for a link's target, ``=target`` for a hard link, None for a folder."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            if content is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
            elif isinstance(content, str):
                info.type = tarfile.LNKTYPE if content.startswith("=") else tarfile.SYMTYPE
                info.linkname = content.removeprefix("=")
            else:
                info.size, info.mode = len(content), 0o755
            tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else None)
    path.write_bytes(gzip.compress(plain.getvalue(), 1, mtime=0) if compress else plain.getvalue())
    return path


class Layout:
    """An OCI layout in the making, without any code of mpk's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')

    def put(self, data: bytes) -> dict[str, Any]:
        """Add a blob; the part of a descriptor that tells it."""
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"digest": f"sha256:{digest}", "size": len(data)}

    def image(
        self, layers: Sequence[Mapping[str, bytes | str | None]], architecture: str = ARCHITECTURE, **config: object
    ) -> dict[str, Any]:
        """An image of some layers; its descriptor."""
        listed, diff_ids = [], []
        for members in layers:
            packed = layer(self.folder / "layer", members).read_bytes()
            listed.append({"mediaType": LAYER, **self.put(packed)})
            diff_ids.append(f"sha256:{hashlib.sha256(gzip.decompress(packed)).hexdigest()}")
        (self.folder / "layer").unlink(missing_ok=True)
        rootfs = {"type": "layers", "diff_ids": diff_ids}
        document = {"architecture": architecture, "os": "linux", "config": config, "rootfs": rootfs}
        settings = {"mediaType": "application/vnd.oci.image.config.v1+json", **self.put(_json(document))}
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": settings, "layers": listed}
        system = {"os": "linux", "architecture": architecture}
        return {"mediaType": MANIFEST, "platform": system, **self.put(_json(manifest))}

    def index(self, *descriptors: Mapping[str, Any]) -> Path:
        """Name what the layout holds; its folder."""
        document = {"schemaVersion": 2, "manifests": list(descriptors)}
        (self.folder / "index.json").write_bytes(_json(document))
        return self.folder


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def write_project(folder: Path) -> Path:
    """What the image stage is given: a package with weights and code, its document, a lock."""
    folder.mkdir(parents=True)
    root = write_package(folder)
    (root / "MLmodel").write_text("flavors: {}\n")
    (root / "weights.bin").write_bytes(bytes(range(256)) * 64)
    (folder / "pylock.toml").write_text(LOCK)
    return folder


def build(project: Path, target: Path, cache: Path, python: Path = Path(sys.executable), **settings: Any) -> Assembled:
    """Assemble the image of `write_project`, as the stage does; ``base`` is taken out of the settings."""
    from mpk_build.environment.installing import install_tree
    from mpk_build.image.assemble import Ingredients, assemble
    from mpk_build.image.config import Naming

    base = str(settings.pop("base", "scratch"))
    ingredients = Ingredients(project / "model", project / "model.json", project / "pylock.toml", python, base)
    return assemble(ingredients, Naming(**{"name": "mpk-test/toy", **settings}), target, cache, install_tree)


def record_digest(data: bytes) -> str:
    """A digest as RECORD files have it."""
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()}"


METADATA = b"Name: x\n"


def install(tree: Path, name: str, files: dict[str, bytes]) -> None:
    """A distribution as an installer leaves it."""
    info = f"{name}-1.0.dist-info"
    rows = []
    for path, data in {f"{info}/METADATA": METADATA, **files}.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(data)
        rows.append(f"{path},{record_digest(data)},{len(data)}")
    (tree / info / "RECORD").write_text("\n".join([*reversed(rows), f"{info}/RECORD,,"]) + "\n")


if __name__ == "__main__":
    made = build(*(Path(argument) for argument in sys.argv[1:5]))
    print(json.dumps(made.facts))  # noqa: T201 - the test that started this reads it
