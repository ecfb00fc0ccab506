"""Packages at ``http://`` and ``https://``: one zip or tar archive at one address."""

from __future__ import annotations

import hashlib
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag

from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.package.uris import addresses, archives

if TYPE_CHECKING:
    import requests

_TIMEOUT_S = (15, 300)
_UNKNOWN = (404, 410)
_REFUSED = (401, 403)
_ERRORS = 400


class Archive:
    """An archive on the web; ``#sha256=DIGEST`` at the end of its address says what bytes are expected there."""

    def __init__(self, uri: str) -> None:
        self._address, fragment = urldefrag(uri)
        self._expected: str | None = None
        if fragment:
            found = re.fullmatch(r"sha256=([0-9a-fA-F]{64})", fragment)
            if not found:
                raise UsageError(f"{addresses.shown(uri)} ends in something else than #sha256= and 64 digits")
            self._expected = found[1].lower()
        self._shown = addresses.shown(uri)
        self.name = f"{self._shown}#{self._expected}" if self._expected else self._shown
        self.never_changes = self._expected is not None
        self.outlives = False

    def state(self) -> Any:
        """What the server says of the file: its ETag, or when it was written and how large it is."""
        if self.never_changes:
            return None
        # Not HEAD: an address may be signed for GET alone.
        with self._opened() as answer:
            headers = answer.headers
        etag, written = headers.get("ETag"), headers.get("Last-Modified")
        if etag and not etag.startswith("W/"):
            return {"etag": etag}
        return {"written": written, "size": headers.get("Content-Length")} if written else None

    def download(self, folder: Path) -> None:
        """Fetch the archive and unpack it."""
        with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
            archive = Path(temporary, "archive")
            self._save(archive)
            archives.unpack(archive, folder, self._shown)

    def _save(self, path: Path) -> None:
        import requests

        digest = hashlib.sha256()
        try:
            with self._opened() as answer, path.open("wb") as file:
                for block in answer.iter_content(2**20):
                    digest.update(block)
                    file.write(block)
        except requests.RequestException as error:
            raise MachineError(f"{self._shown} broke off: {type(error).__name__}") from None
        found = digest.hexdigest()
        if self._expected not in (None, found):
            raise UsageError(f"{self._shown} is another file than asked for; its sha256 is {found}")

    def _opened(self) -> requests.Response:
        import requests

        from mpk_build.package.uris.web_session import WebSession

        try:
            answer = WebSession().get(self._address, stream=True, timeout=_TIMEOUT_S)
        except requests.RequestException as error:
            # What the library says of it repeats the address, with all that is secret in it.
            raise MachineError(f"{self._shown} can't be reached: {type(error).__name__}") from None
        if answer.status_code < _ERRORS:
            return answer
        answer.close()
        if answer.status_code in _UNKNOWN:
            raise UsageError(f"there is nothing at {self._shown}: it answers {answer.status_code}")
        if answer.status_code in _REFUSED:
            raise UsageError(
                f"{self._shown} answers {answer.status_code}", hint="put the credentials for that host into ~/.netrc"
            )
        raise MachineError(f"{self._shown} answers {answer.status_code}; try again later")
