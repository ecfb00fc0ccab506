"""How the web is asked: where an address begins with https, nothing of the way to the file is plain http."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import requests

from mpk_build.foundation.errors import UsageError
from mpk_build.package.uris import addresses


class WebSession(requests.Session):
    """A session that follows redirects, and none from https to http, where anybody could answer."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Where an answer leads; None where it is the last.

        Raises:
            UsageError: It leads from https to something else.
        """
        target = super().get_redirect_target(resp)
        if target is None:
            return None
        whole = urljoin(resp.url, target)
        if urlsplit(resp.url).scheme == "https" and urlsplit(whole).scheme != "https":
            raise UsageError(
                f"{addresses.shown(resp.url)} leads to {addresses.shown(whole)}, which is not https",
                hint="ask for that address itself, if you trust the network",
            )
        return target
