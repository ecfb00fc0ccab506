"""Run by a Python in a model's own environment: what mpk's runtime makes of packages.

Standard input is JSON, ``{"runtime": folder, "packages": {name: {"root", "document", "request"}}}``; standard output
``{"mlflow": whether it is installed, "answers": {name: {"answer": [status, body], "stored": predictions for the
package's own example, or null}}}``. Each is read in a fork.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import json
import os
import sys
import traceback
from typing import Any

# Once for all forks; none of them starts a thread by that.
_IMPORTED_ONCE = ("pandas", "sklearn.linear_model", "sklearn.pipeline", "lightgbm", "xgboost", "mpk_runtime.scoring")


def read(package: dict[str, Any]) -> dict[str, Any]:
    """What the runtime makes of one package."""
    from mpk_runtime.scoring import Scorer

    root, document = package["root"], package["document"]
    scorer = Scorer.load(root, document)
    found: dict[str, Any] = {"stored": None, "answer": None}
    if package["request"] is not None:
        status, body = scorer.answer(json.dumps(package["request"]).encode(), "application/json")
        found["answer"] = [status, json.loads(body)]
    if package["example"]:
        found["stored"] = json.loads(scorer.answer_stored(root, document)[1])
    return found


def main() -> None:
    """Answer what standard input asks."""
    asked = json.load(sys.stdin)
    sys.path.insert(0, asked["runtime"])
    for module in _IMPORTED_ONCE:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    answers = {}
    for name, package in asked["packages"].items():
        source, sink = os.pipe()
        child = os.fork()
        if not child:
            with os.fdopen(sink, "w") as out:
                try:
                    json.dump(read(package), out)
                except BaseException as error:  # noqa: BLE001 - told to the test
                    traceback.print_exc()
                    json.dump({"error": f"{type(error).__name__}: {error}"}, out)
            os._exit(0)
        os.close(sink)
        with os.fdopen(source) as answer:
            answers[name] = json.load(answer)
        os.waitpid(child, 0)
    json.dump({"mlflow": importlib.util.find_spec("mlflow") is not None, "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
