"""How hard the fuzz tests search: a little everywhere, more where ``FUZZ_EXAMPLES`` says so."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
_GIVEN = os.environ.get("FUZZ_EXAMPLES")

# The same examples each time, unless somebody searches for longer: CI fails for what has changed, and not by chance.
SEARCH = settings(
    max_examples=int(_GIVEN or 60),
    derandomize=_GIVEN is None,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=_SLOW,
)
