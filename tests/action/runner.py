"""The action's steps, run as a runner runs them, by what GitHub documents of composite actions."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml
from support import PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_COMMAND = re.compile(r"^::([a-z-]+|[0-9a-f]{32})(?: ([^:]*))?::(.*)$")
_SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"]}


@dataclass
class Job:
    """A job on a runner: its folders, and what the steps left.

    Attributes:
        commands: Workflow commands that the runner obeyed, as (name, properties, unescaped message).
        log: Everything that the steps printed.
    """

    workspace: Path
    temporary: Path
    checkout: Path = PROJECT
    exit_code: int = 0
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    commands: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    log: str = ""

    def use(self, **inputs: str) -> Job:
        """Use the action with these inputs (``_`` for ``-``), after what the job did before."""
        action = yaml.safe_load((self.checkout / "action.yml").read_text())
        given = {name: str(declared.get("default", "")) for name, declared in action["inputs"].items()}
        given |= {name.replace("_", "-"): value for name, value in inputs.items()}
        contexts = {f"inputs.{name}": value for name, value in given.items()}
        contexts["github.action_path"] = str(self.checkout)
        for number, step in enumerate(action["runs"]["steps"]):
            self._step(number, step, contexts)
            if self.exit_code:
                break
        self.outputs = {name: _evaluated(declared["value"], contexts) for name, declared in action["outputs"].items()}
        return self

    def _step(self, number: int, step: dict[str, Any], contexts: dict[str, str]) -> None:
        files = {
            variable: self.temporary / f"{variable.lower()}-{number}"
            for variable in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ENV", "GITHUB_PATH")
        }
        for file in files.values():
            file.write_bytes(b"")
        script = self.temporary / f"script-{number}.sh"
        script.write_text(_evaluated(step["run"], contexts))
        finished = subprocess.run(
            [*_SHELLS[step["shell"]], script],
            cwd=self.workspace,
            env={
                **{name: os.environ[name] for name in os.environ if not name.startswith("COV")},
                "CI": "true",
                "GITHUB_ACTIONS": "true",
                "GITHUB_WORKSPACE": str(self.workspace),
                "GITHUB_ACTION_PATH": str(self.checkout),
                "RUNNER_TEMP": str(self.temporary),
                **{variable: str(file) for variable, file in files.items()},
                **{name: _evaluated(value, contexts) for name, value in step.get("env", {}).items()},
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        self.exit_code = finished.returncode
        # A runner reads the two streams side by side: what is on the wrong one may come too early
        self._listen(finished.stderr.decode())
        self._listen(finished.stdout.decode())
        self.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        for name, value in entries(files["GITHUB_OUTPUT"].read_text()).items():
            contexts[f"steps.{step['id']}.outputs.{name}"] = value
        assert files["GITHUB_ENV"].read_text() == files["GITHUB_PATH"].read_text() == ""

    def _listen(self, log: str) -> None:
        self.log += log
        stopped: str | None = None
        for line in log.splitlines():
            found = _COMMAND.match(line.lstrip())
            if not found:
                continue
            name, properties, message = found[1], found[2] or "", _unescaped(found[3])
            if stopped is not None:
                stopped = None if name == stopped else stopped
            elif name == "stop-commands":
                stopped = message
            else:
                pairs = (item.split("=", 1) for item in properties.split(",") if item)
                self.commands.append((name, {key: _unescaped(value) for key, value in pairs}, message))


def entries(text: str) -> dict[str, str]:
    """What a runner makes of a GITHUB_OUTPUT file: ``name=value`` lines and ``name<<delimiter`` blocks."""
    found: dict[str, str] = {}
    lines = iter(text.splitlines())
    for line in lines:
        if "<<" in line.split("=", 1)[0]:
            name, delimiter = line.split("<<", 1)
            block = []
            while (inner := next(lines)) != delimiter:
                block.append(inner)
            found[name] = "\n".join(block)
        elif line:
            name, value = line.split("=", 1)
            found[name] = value
    return found


def _evaluated(text: str, contexts: Mapping[str, str]) -> str:
    known = {**contexts}
    return _EXPRESSION.sub(
        lambda found: known[found[1]] if not found[1].startswith("steps.") else known.get(found[1], ""), text
    )


def _unescaped(text: str) -> str:
    for escape, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escape, character)
    return text
