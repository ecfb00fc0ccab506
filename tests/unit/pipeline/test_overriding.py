"""What may stand in an override, before anything runs."""

from __future__ import annotations

import pytest

from mpk_build.foundation.errors import UsageError
from mpk_build.pipeline import overriding


def test_the_user_of_an_ssh_address_is_no_secret() -> None:
    asked = "thing @ git+ssh://git@example.org/team/thing.git"
    assert overriding.read([asked], [], None, keep=True).requirements == (asked,)


def test_a_password_is_never_written() -> None:
    with pytest.raises(UsageError) as caught:
        overriding.read(["thing @ https://ann:secret@example.org/thing-1.0.tar.gz"], [], None, keep=True)
    assert (str(caught.value), caught.value.hint) == (
        "a password has no place in a manifest: thing",
        "put it into ~/.netrc",
    )
