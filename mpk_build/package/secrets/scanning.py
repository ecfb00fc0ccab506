"""What detect-secrets (https://github.com/Yelp/detect-secrets) finds in texts; nothing of it asks a network.

Its detectors of random text are left out: in code for models, digests and data look like that. A detector looks at a
line; since most have nothing for any, blocks of lines are asked first.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_OWN = "ServiceTokenDetector"
_RANDOM_LOOKING = ("Base64HighEntropyString", "HexHighEntropyString", "IPPublicDetector")
_FILTERS = (
    "allowlist.is_line_allowlisted",
    *("heuristic.is_sequential_string", "heuristic.is_potential_uuid", "heuristic.is_likely_id_string"),
    *("heuristic.is_templated_secret", "heuristic.is_prefixed_with_dollar_sign", "heuristic.is_indirect_reference"),
    "heuristic.is_not_alphanumeric_string",
)
_BLOCK_LINES = 50
_STRUCTURED = (".yaml", ".yml")
# Slow on purpose: what a manifest shows of a weak password shall not give it away.
_SLOWNESS = 2**14


@dataclass(frozen=True)
class Find:
    """Something that looks like a secret.

    Attributes:
        name: The text that it stands in.
        line: Its line, from 1.
        kind: Such as ``AWS Access Key``.
        fingerprint: What it can be allowed by: 16 hexadecimal digits.
    """

    name: str
    line: int
    kind: str
    fingerprint: str


def version() -> str:
    """The version of what finds them."""
    return importlib.metadata.version("detect-secrets")


def scan(texts: Iterable[tuple[str, str]]) -> list[Find]:
    """What looks like a secret in texts, in their order.

    Args:
        texts: Name and text; the ending of the name tells how an assignment looks there.
    """
    from detect_secrets.core.scan import scan_file
    from detect_secrets.settings import transient_settings

    found: list[Find] = []
    # The same one often stands in many places.
    told = functools.cache(fingerprint)
    with transient_settings(settings()), tempfile.TemporaryDirectory() as temporary:
        for name, text in texts:
            suspect = _suspect(name, text)
            if suspect:
                file = Path(temporary, f"text{Path(name).suffix}")
                file.write_text(suspect, encoding="ascii")
                found.extend(sorted(_finds(name, scan_file(str(file)), told), key=lambda one: (one.line, one.kind)))
    return found


def settings() -> dict[str, Any]:
    """How detect-secrets is to look."""
    from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class

    known: dict[str, Any] = get_mapping_from_secret_type_to_class()
    names = sorted({one.__name__ for one in known.values()}.difference(_RANDOM_LOOKING, (_OWN,)))
    # It is remembered, and would not be asked again for the one that is added.
    get_mapping_from_secret_type_to_class.cache_clear()
    own = {"name": _OWN, "path": _file("tokens.py")}
    filters = [*(f"detect_secrets.filters.{one}" for one in _FILTERS), f"{_file('placeholders.py')}::is_placeholder"]
    return {
        "plugins_used": [*({"name": one} for one in names), own],
        "filters_used": [{"path": one} for one in filters],
    }


def _file(name: str) -> str:
    # Not as_uri: the path is taken as it stands.
    return f"file://{Path(__file__).with_name(name)}"


def _finds(name: str, secrets: Iterable[Any], told: Callable[[str], str]) -> Iterator[Find]:
    for one in secrets:
        yield Find(name, one.line_number, one.type, told(one.secret_value))


def fingerprint(secret: str) -> str:
    """What a secret can be told by that nobody learns it from: the same wherever it stands."""
    digest = hashlib.scrypt(secret.encode(), salt=b"mpk: allowed secrets", n=_SLOWNESS, r=8, p=1, dklen=8)
    return digest.hex()


def _suspect(name: str, text: str) -> str:
    """The text with blank lines for the blocks that no detector sees anything in; "" where none does."""
    from detect_secrets.settings import get_plugins

    plain = text.encode("ascii", "backslashreplace").decode()
    lines = plain.split("\n")
    whole = name.endswith(_STRUCTURED)
    size = max(1, len(lines)) if whole else _BLOCK_LINES
    kept: list[str] = []
    hit = False
    for at in range(0, len(lines), size):
        block = lines[at : at + size]
        joined = "\n".join(block)
        sees = any(plugin.analyze_line(filename=name, line=joined) for plugin in get_plugins())
        hit = hit or sees
        kept += block if sees else [""] * len(block)
    return "\n".join(kept) if hit else ""
