"""A second opinion on pickles, that of picklescan, which unpickles nothing."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import sys


def version() -> str:
    """The version of picklescan here."""
    return importlib.metadata.version("picklescan")


def main() -> None:
    """Print JSON: path to ``clean``, ``suspicious``, ``dangerous`` or ``error``, for the files on the command line."""
    from picklescan.scanner import SafetyLevel, scan_file_path

    logging.disable(logging.CRITICAL)
    levels = {SafetyLevel.Dangerous: "dangerous", SafetyLevel.Suspicious: "suspicious"}
    said = {}
    for path in sys.argv[2:]:
        try:
            found = scan_file_path(path)
        except Exception:  # noqa: BLE001 - an opinion that can't be had is told as such
            said[path] = "error"
            continue
        told = {levels.get(one.safety, "clean") for one in found.globals}
        worst = next((level for level in ("dangerous", "suspicious") if level in told), "clean")
        said[path] = "error" if found.scan_err and worst == "clean" else worst
    json.dump(said, sys.stdout)
