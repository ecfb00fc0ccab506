"""``mpk lock``."""

from __future__ import annotations

from mpk_build.cli import options
from mpk_build.cli.options import MANIFEST, AsJson, Locked, ManifestFile, Quiet, Verbose


def command(
    file: ManifestFile = MANIFEST,
    locked: Locked = False,
    as_json: AsJson = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> int:
    """Find what the model needs, and write it pinned and hashed to pylock.<name>.toml."""
    from mpk_build.cli.running import run_build
    from mpk_build.pipeline.options import Options

    build = options.open_build(file, Options(None, "infer-env", locked))
    return run_build(build, as_json=as_json, quiet=quiet, verbose=verbose)
