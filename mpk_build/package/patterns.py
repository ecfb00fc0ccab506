"""What is the same in several predictions of a model that does not predict the same twice.

The form of a pattern is told in `mpk_runtime.comparing`, which compares by it, as `mpk_build.endpoint.comparing` does.
"""

from __future__ import annotations

from typing import Any

from mpk_build.endpoint.comparing import type_of


def pattern_of(values: list[Any]) -> dict[str, Any]:
    """The pattern that all these JSON values are of."""
    lists = [value for value in values if isinstance(value, list)]
    objects = [value for value in values if isinstance(value, dict)]
    lengths = {len(value) for value in lists}
    items = [item for value in lists for item in value]
    shared = set.intersection(*(set(value) for value in objects)) if objects else set()
    return {
        "types": sorted({type_of(value) for value in values}),
        "length": lengths.pop() if len(lengths) == 1 else None,
        "items": pattern_of(items) if items else None,
        "keys": {name: pattern_of([value[name] for value in objects]) for name in sorted(shared)},
        "open": any(set(value) != shared for value in objects),
    }
