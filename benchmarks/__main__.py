"""``python -m benchmarks``: measures, and prints Markdown tables; about five minutes."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks import tables
from benchmarks.experiments import EXPERIMENTS, measure
from benchmarks.laboratory import laboratory
from benchmarks.measuring import CommandFailedError


def main(arguments: list[str] | None = None) -> int:
    """Measure what the arguments ask for; the exit code."""
    asked = _parser().parse_args(arguments)
    wanted = [one for one in EXPERIMENTS if not asked.only or one.name in asked.only]
    try:
        mlflow = not asked.without_mlflow and any(one.with_mlflow for one in wanted)
        with laboratory(_tell, mlflow=mlflow) as lab:
            measured = [measure(one, lab, runs=asked.runs, mlflow=mlflow) for one in wanted]
            versions = lab.versions
    except CommandFailedError as error:
        _tell(str(error))
        return 1
    except KeyboardInterrupt:
        return 130
    sys.stdout.write(tables.markdown(measured, versions))
    if asked.json:
        asked.json.write_text(json.dumps(tables.document(measured, versions), indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure mpk and its peers.")
    parser.add_argument("--runs", type=_count, metavar="N", help="rounds of each experiment (default: its own)")
    names = [one.name for one in EXPERIMENTS]
    parser.add_argument("--only", action="append", choices=names, help="only this experiment; repeatable")
    parser.add_argument("--without-mlflow", action="store_true", help="leave MLflow out, which is most of the time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample there")
    return parser


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("expected 1 or more")
    return value


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
