"""What a MODEL argument names: a folder of this machine, or a package that lies elsewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NoReturn
from urllib.parse import unquote, urlsplit, urlunsplit

from mpk_build.foundation.errors import UsageError

BUCKETS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az"}
HTTP = ("http", "https")
TRACKED = ("runs", "models")
_URI = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/")


def scheme_of(model: str) -> str | None:
    """The scheme of a URI, in lower case; None for a path."""
    found = _URI.match(model)
    return found[1].lower() if found else None


def local(model: str) -> Path | None:
    """The folder that a path or a ``file:`` URI names; None for what lies elsewhere.

    Raises:
        UsageError: The URI is of a kind that mpk does not know, or names another machine.
    """
    scheme = scheme_of(model)
    if scheme is None:
        return Path(model)
    try:
        urlsplit(model)
    except ValueError as error:
        raise UsageError(f"a URI of the scheme {scheme} can't be read: {error}", hint="SCHEME://HOST/PATH") from None
    if scheme != "file":
        if scheme not in (*BUCKETS, *HTTP, *TRACKED):
            _refuse(model)
        return None
    parts = urlsplit(model)
    if parts.netloc not in ("", "localhost"):
        raise UsageError(f"{shown(model)} names the machine {parts.hostname}; expected file:///FOLDER")
    return Path(unquote(parts.path))


def shown(model: str) -> str:
    """A URI as it can be shown and kept: without a user, a password, and without a query, which may sign it."""
    if scheme_of(model) is None:
        return model
    parts = urlsplit(model)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _refuse(model: str) -> NoReturn:
    raise UsageError(
        f"'{shown(model)}' is of no kind of URI that mpk knows",
        hint="a folder, file:, s3://, gs://, az://, https://, runs:/RUN/PATH or models:/NAME/VERSION",
    )
