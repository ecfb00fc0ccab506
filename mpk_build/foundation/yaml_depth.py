"""YAML from outside: how deeply a text is nested is found out before it is composed.

Events come one by one; composing them recurses in C, and a text of 100,000 brackets would end the process.
"""

from __future__ import annotations

from typing import Any

import yaml

from mpk_build.foundation.errors import UsageError

DEEPEST = 64
# The C parser where PyYAML was built with it; both are safe.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def too_deep(text: str) -> tuple[int, int] | None:
    """The line and column, from 1, at which a text is nested deeper than `DEEPEST` levels, or None.

    Raises:
        yaml.YAMLError: It is no YAML.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST and event.start_mark is not None:
            return event.start_mark.line + 1, event.start_mark.column + 1
    return None


def read_map(text: str, name: str) -> dict[str, Any]:
    """What a YAML text says that has to be a map; ``name`` is what it is called in errors.

    Raises:
        UsageError: It is no YAML, no map, or nested too deeply.
    """
    try:
        if too_deep(text) is not None:
            raise UsageError(f"{name} is nested deeper than {DEEPEST} levels")
        value = yaml.load(text, Loader=LOADER)  # noqa: S506 - it is a safe one
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(value, dict):
        raise UsageError(f"{name} is not a map")
    return value
