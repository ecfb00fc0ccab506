"""Every command that a page shows is typed, in the order of the page, in a copy of the example."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from support import PROJECT, copy_example, run_mpk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
_LISTENING = ("mpk serve", "docker run")


def commands(page: Path) -> list[tuple[str, str]]:
    """The commands of a page's console blocks, each with the output that is shown, or ``""``."""
    found: list[tuple[str, str]] = []
    for block in re.findall(r"^```console\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL):
        for line in block.splitlines(keepends=True):
            if line.startswith("$ "):
                found.append((line[2:].strip(), ""))
            else:
                found[-1] = (found[-1][0], found[-1][1] + line)
    return found


_PAGES_WITH_COMMANDS = [page for page in _PAGES if commands(page)]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_example(tmp_path_factory.mktemp("docs") / "example")


@pytest.fixture(scope="module")
def path_with_mpk(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("bin")
    mpk = folder / "mpk"
    mpk.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m mpk_build "$@"\n')
    mpk.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.engine
@pytest.mark.parametrize("page", _PAGES_WITH_COMMANDS, ids=lambda page: page.stem)
def test_the_commands_of_a_page(page: Path, example: Path, path_with_mpk: str) -> None:
    built = run_mpk("build", "--quiet", cwd=example)
    assert built.returncode == 0, built.stderr
    environment = {**os.environ, "PATH": path_with_mpk}
    with contextlib.ExitStack() as running:
        for command, output in commands(page):
            typed = _on_a_free_port(command)
            if command.startswith(_LISTENING):
                running.enter_context(_listening(typed, example, environment))
                continue
            finished = subprocess.run(  # noqa: S602 - a page's command is typed as it is
                typed,
                shell=True,
                cwd=example,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert finished.returncode == 0, f"$ {command}\n{finished.stderr}"
            if output:
                assert finished.stdout.rstrip("\n") == output.rstrip("\n"), command


_PORTS: dict[str, int] = {}


def _on_a_free_port(command: str) -> str:
    # The pages show the usual ports; several tests at once want others.
    return re.sub(
        r"(?<=port )\d{4}|(?<=localhost:)\d{4}|(?<=-p )\d{4}", lambda found: str(_free_port(found[0])), command
    )


def _free_port(shown: str) -> int:
    if shown not in _PORTS:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            _PORTS[shown] = listener.getsockname()[1]
    return _PORTS[shown]


@contextlib.contextmanager
def _listening(command: str, folder: Path, environment: dict[str, str]) -> Iterator[None]:
    port = re.findall(r"(?:port |-p )(\d+)", command)[0]
    process = subprocess.Popen(shlex.split(command), cwd=folder, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while not _answers(f"http://localhost:{port}/ping"):
            assert process.poll() is None, f"{command} ended"
            assert time.monotonic() < deadline, f"{command} does not answer"
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait(60)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - a local address
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def test_pages_that_are_linked_exist() -> None:
    missing = [
        f"{page.relative_to(PROJECT)}: {link}"
        for page in _PAGES
        for link in re.findall(r"\]\(([^)#\s]+)\)", page.read_text())
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert missing == []


def test_indented_blocks_hide_no_commands() -> None:
    hidden = [
        f"{page.relative_to(PROJECT)}: {line.strip()}"
        for page in _PAGES
        for line in page.read_text().splitlines()
        if re.match(r" {4}(\$ )?(mpk|docker|curl|python3?|pip) ", line)
    ]
    assert hidden == []
