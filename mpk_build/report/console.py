"""What a person sees while a build runs: a moving line on a terminal, plain lines elsewhere; all on standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import InterruptedByUserError
from mpk_build.report import packaged_code

if TYPE_CHECKING:
    from mpk_build.foundation.errors import MpkError
    from mpk_build.pipeline.results import StageResult

_LOG_LINES = 30
_COLOURS = {"built": "32", "cached": "2", "failed": "31", "skipped": "2"}


class Console:
    """Observes a build and tells a person.

    Args:
        quiet: Only errors.
        verbose: Also what each stage was made from, and its log.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._colour = self._terminal and "NO_COLOR" not in os.environ
        self._status: Any = None

    def started(self, stage: str, summary: str, why: str) -> None:
        """Show that a stage runs."""
        if self.quiet:
            return
        if self._terminal:
            from rich.console import Console as RichConsole

            console = RichConsole(stderr=True, no_color=not self._colour)
            self._status = console.status(f"{stage}: {summary}")
            self._status.start()
        elif self.verbose:
            self.say(f"  {stage:<12} running   {summary} ({why})")

    def finished(self, result: StageResult) -> None:
        """Show what became of a stage."""
        self.close()
        if self.quiet and result.error is None:
            return
        seconds = f"{result.seconds:6.1f} s" if result.status in ("built", "failed") else " " * 8
        self.say(f"  {result.stage:<12} {self._coloured(result.status)} {seconds}  {_remark(result)}".rstrip())
        if result.log is not None and result.log.is_file() and (self.verbose or result.status == "failed"):
            for line in result.log.read_text(errors="replace").splitlines()[-_LOG_LINES:]:
                self.say(f"    | {line}")
        if self.verbose and "code" in result.facts:
            for line in packaged_code.text(result.facts).splitlines():
                self.say(f"    {line}")

    def close(self) -> None:
        """Take the moving line away."""
        if self._status is not None:
            self._status.stop()
            self._status = None

    def say(self, text: str = "") -> None:
        """A line for a person."""
        print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is where mpk speaks

    def error(self, error: MpkError) -> None:
        """What went wrong, and what to type next."""
        self.close()
        if error.exit_code == InterruptedByUserError.exit_code:
            self.say(error.message)
            return
        self.say(f"{self._painted('error:', '31;1')} {error.message}")
        for line in error.evidence:
            self.say(f"{self._painted('  why:', '2')} {line}")
        if error.hint:
            self.say(f"{self._painted(' hint:', '36;1')} {error.hint}")

    def _coloured(self, status: str) -> str:
        return self._painted(f"{status:<8}", _COLOURS[status])

    def _painted(self, text: str, colour: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._colour else text


def _remark(result: StageResult) -> str:
    if result.status in ("cached", "skipped"):
        return result.why
    facts = result.facts
    if result.stage == "infer-env" and "packages" in facts:
        counts = f"{_count(len(facts['requirements']), 'requirement')}, {_count(facts['packages'], 'package')}"
        return f"{counts}, lock {facts['lock']}; {result.why}"
    if result.stage == "validate" and "load_s" in facts:
        return _validated(facts, result.why)
    if result.stage == "image" and "size" in facts:
        return f"{megabytes(facts['size'])} on {facts['base']}; {result.why}"
    if result.stage == "smoke-test" and "where" in facts:
        ready = f"{facts['where']}: ready in {facts['ready_s']:.1f} s"
        latency = f", {facts['latency_ms']['median']:.1f} ms a request" if facts["latency_ms"] else ""
        return f"{ready}{latency}; {result.why}"
    return f"{_pickles(facts)}{result.why}" if result.stage == "package" else result.why


def _pickles(facts: dict[str, Any]) -> str:
    files = facts.get("pickles", {}).get("files", [])
    doubtful = [one for one in files if one["kind"] in ("unknown", "unreadable", "dangerous")]
    return "".join(f"{one['path']} is {one['kind']}: {', '.join(one['names'])}; " for one in doubtful)


def _validated(facts: dict[str, Any], why: str) -> str:
    if facts["differences"]:
        return why
    where = " in the source environment itself, which proves no lock" if facts.get("manager") == "local" else ""
    unasked = ", its example not over HTTP" if facts.get("not_over_http") else ""
    return f"loads in {facts['load_s']:.1f} s, {compared(facts['compare'])}{unasked}{where}{_shut_in(facts)}; {why}"


def compared(compare: dict[str, Any]) -> str:
    """What a validation that succeeded has shown of the predictions."""
    if compare["by"] == "off":
        return f"predictions are not compared ({compare['because']})"
    if compare["by"] == "schema":
        return f"predicts the same types and shapes ({compare['because']})"
    return "predicts the same"


def _shut_in(facts: dict[str, Any]) -> str:
    return ", in no sandbox" if facts["sandbox"]["level"] == "none" else ""


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def megabytes(size: float) -> str:
    """A size in bytes as megabytes, such as ``119.3 MB``."""
    return f"{size / 1e6:.1f} MB"
