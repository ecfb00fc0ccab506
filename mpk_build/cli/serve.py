"""``mpk serve``."""

from __future__ import annotations

import enum
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from mpk_build.cli.options import MODEL, Model, TrustPickles, open_to_load


class Protocol(enum.StrEnum):
    """What becomes of a request's values."""

    strict = "strict"
    mlflow = "mlflow"


def command(
    model: Model = MODEL,
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="The port to listen at.")] = 5000,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes that hold the model.")] = 1,
    timeout: Annotated[float, typer.Option("--timeout", min=0.001, help="Seconds for one request.")] = 60,
    protocol: Annotated[
        Protocol, typer.Option("--protocol", help="Refuse what would lose something, or convert as MLflow does.")
    ] = Protocol.strict,
    trust_pickles: TrustPickles = False,
) -> int:
    """Serve a packaged model over HTTP, in its own environment, until interrupted."""
    from mpk_build.endpoint.options import ServeOptions
    from mpk_build.endpoint.server import serve
    from mpk_build.environment.prediction import model_python
    from mpk_build.foundation.resources import runtime_folder
    from mpk_build.store.location import open_store

    package = open_to_load(model, "mpk serve", trusted=trust_pickles)
    python = model_python(package, open_store().folder("caches"))
    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "model.json"
        # A config of another hand may hold what is no number to JSON, and is one to Python.
        document.write_text(json.dumps(package.plain_document), "utf-8")
        serve(
            ServeOptions(
                model=package.root.absolute(),
                document=document,
                interpreter=(str(python), "-I"),
                runtime=runtime_folder(),
                host=host,
                port=port,
                workers=workers,
                timeout_s=timeout,
                protocol=protocol.value,
            )
        )
    return 0
