"""The one place every door asks who is calling: the embedded Warden or a remote one.

`TRELLIS_WARDEN_URL` says which. What a remote one needs is loaded only where there is one.
"""

from functools import cache
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from warehouse.env import LOCAL
from warehouse.tenancy.principal import Principal
from warehouse.tenancy.warden import local


class Warden(Protocol):
    """Who vouches for callers.

    Each method raises `Unauthenticated` for who is not known, `AccessDenied` for who may not in
    there, `InvalidRequest` when one of several organizations must be named, and
    `WardenUnavailable` when nobody can tell.
    """

    def authenticate(self, token: str, organization: str | None = None) -> Principal:
        """Return the principal of a token, in the organization of the slug named."""

    def for_user(self, user: Any, organization: str | None = None) -> Principal:
        """Return the principal of a person who is logged in here."""

    def renew(self, subject: str, organization: str, credential: str) -> Principal:
        """Return what a principal may do by now, from its subject, slug and credential."""

    def look(self) -> str:
        """Return a sentence that says how Warden is; raises `WardenUnavailable`."""


def authenticate(token: str, organization: str | None = None) -> Principal:
    """Return the principal of a token; see `Warden`."""
    return _warden().authenticate(token, organization)


def for_user(user: Any, organization: str | None = None) -> Principal:
    """Return the principal of a person who is logged in here; see `Warden`."""
    return _warden().for_user(user, organization)


def renew(subject: str, organization: str, credential: str = "") -> Principal:
    """Return what a principal may do by now; see `Warden`."""
    return _warden().renew(subject, organization, credential)


def look() -> str:
    """Return a sentence that says how Warden is; raises `WardenUnavailable`."""
    return _warden().look()


def _warden() -> Warden:
    return _open(*settings.WARDEN.values())


@cache
def _open(url: str, ca: str, cert: str, key: str) -> Warden:
    if url == LOCAL:
        return local.WARDEN
    return cast("Warden", import_string(f"{__package__}.remote.open_warden")(url, ca, cert, key))
