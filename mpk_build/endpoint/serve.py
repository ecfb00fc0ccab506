"""The entry of an image: the endpoint for the package that lies in it.

It runs as ``/opt/mpk/serve.py`` and finds everything from there. Environment variables set, from outside:

    MPK_WORKERS     processes that hold the model (1)
    MPK_TIMEOUT     seconds that a prediction, a wait for a worker, or a client's upload may take (60)
    MPK_MAX_BODY    bytes that the body of a request may have (16777216)
    MPK_PROTOCOL    strict, or mlflow to convert what requests carry as MLflow does (strict)
    MPK_LISTEN      address and port (0.0.0.0:8080)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

_MPK = Path(__file__).resolve().parent
_ROOT = _MPK.parent


def main() -> int:
    """Serve until told to stop; the exit code."""
    sys.path.insert(0, str(_MPK / "lib"))
    from mpk_build.endpoint.reaper import stay_behind

    if os.getpid() == 1:
        stay_behind()
    from mpk_build.endpoint.logs import say
    from mpk_build.endpoint.options import ServeOptions
    from mpk_build.endpoint.server import serve
    from mpk_build.endpoint.settings import from_environment
    from mpk_build.foundation.errors import MpkError

    try:
        serve(
            ServeOptions(
                model=_ROOT / "model",
                document=_MPK / "model.json",
                interpreter=(sys.executable,),
                paths=(_ROOT / "env",),
                environment=dict(os.environ),
                runtime=_MPK / "runtime",
                **from_environment(os.environ),
            )
        )
    except MpkError as error:
        say(error.message + (f"\nTo do: {error.hint}" if error.hint else ""))
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
