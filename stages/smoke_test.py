"""Starts the image where it can run here, and tests the endpoint in it."""

from __future__ import annotations

import contextlib
import dataclasses
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.endpoint.client import asked, smoke_test
from mpk_build.foundation.documents import pretty, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.image.served import Served
    from mpk_runtime.stage import Stage


def run(stage: Stage) -> None:
    """Test the endpoint and report where it ran, how soon it was ready, its latency and memory."""
    plan: dict[str, Any] = read_json(Path(stage.inputs["requests"]))
    image, engine = Path(stage.inputs["image"]), stage.inputs["engine"]["kind"]
    with _served(image, engine) as (served, where):
        # Loading or unpacking the image is behind us, and not the endpoint's time.
        tested = smoke_test(served, asked(plan, stage.params["protocol"]), started=time.monotonic())
    stage.facts.update(
        where=where,
        ready_s=tested.ready_s,
        latency_ms=tested.latency_ms,
        memory_mb=tested.memory_mb,
        requests=tested.requests,
        rejected=len(tested.rejected),
    )
    Path(stage.outputs["report"]).write_text(pretty({"where": where, **dataclasses.asdict(tested)}), "utf-8")


@contextlib.contextmanager
def _served(image: Path, engine: str) -> Iterator[tuple[Served, str]]:
    with tempfile.TemporaryDirectory(prefix="mpk-smoke-test-") as name:
        folder = Path(name)
        log = folder / "endpoint.log"
        if engine == "docker":
            from mpk_build.image.engine import serve_container

            with serve_container(image, log) as served:
                yield served, served.how
        else:
            from mpk_build.image.rootfs import serve_rootfs

            with serve_rootfs(image, folder, log) as served:
                yield served, f"{served.how} sandbox on this machine, no container engine answered"
