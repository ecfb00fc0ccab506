"""``python -m benchmarks``: measures mpk against Python itself, MLflow, and the least that anybody could do."""

import sys
from pathlib import Path

# The corpus lies with the tests, and is imported as they import it.
sys.path.append(str(Path(__file__).resolve().parent.parent / "tests"))
