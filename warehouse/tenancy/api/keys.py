"""`/keys`: the organization's API keys; a token is shown once, when its key is made."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar

from django.http import HttpResponse
from rest_framework.request import Request

from warehouse.clock import now
from warehouse.gateway.answers import json_answer
from warehouse.gateway.idempotency import once
from warehouse.gateway.paging import page
from warehouse.gateway.views import OrganizationView
from warehouse.tenancy import keyring
from warehouse.tenancy.api import documents, reading
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.models import ApiKey
from warehouse.tenancy.models.keys import KINDS
from warehouse.tenancy.principal import SCOPES

FIELDS = ("name", "scopes", "kind", "expires_at")
OVERLAP, MOST_OVERLAP = (
    int(span.total_seconds()) for span in (keyring.OVERLAP, keyring.MOST_OVERLAP)
)
EXAMPLE = {"name": "collector", "scopes": ["events:write"], "expires_at": None}


class _Keyring(OrganizationView):
    """What these views share: who deals with keys, and how a new token is answered."""

    scopes: ClassVar[Mapping[str, str | None]] = {}

    @property
    def issuer(self) -> keyring.Issuer:
        """Return the caller as an issuer of keys."""
        return keyring.Issuer(Actor.of(self.principal), self.principal.scopes, self.principal)

    def issued(self, key: ApiKey, token: str, at: datetime) -> HttpResponse:
        """Answer with a new key and its token, for nobody's cache."""
        body = {"key": described(key, at), "token": token}
        return json_answer(body, 201, headers={"Cache-Control": "no-store"})


class Keys(_Keyring):
    """Lists keys and creates them."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN, "POST": ADMIN}

    @documents.listing("list_keys", "KeyPage")
    def get(self, request: Request) -> HttpResponse:
        """List keys, those that are revoked or have expired too."""
        reading.filters_of(request).faults.raise_any()
        found = ApiKey.objects.filter(organization_id=self.principal.tenant.id)
        return json_answer(page(request, found, partial(_all_described, at=now())))

    @documents.making("create_key", "NewKey", "IssuedKey", example=EXAMPLE)
    def post(self, request: Request) -> HttpResponse:
        """Create a key and show its token, once: a repeat with the same key has null instead.

        Nobody gives scopes that they do not hold. A public key holds `events:write`, may stand in
        a page, and can do nothing but send events.
        """
        wish = _wish(request)
        at = now()

        def effect() -> HttpResponse:
            made = keyring.create(self.principal.tenant.id, wish, by=self.issuer, now=at)
            return self.issued(*made, at)

        return once(request, self.principal, effect, now=at, hidden="token")


class Key(_Keyring):
    """Shows a key, and revokes it."""

    scopes: ClassVar[Mapping[str, str | None]] = {"GET": ADMIN, "DELETE": ADMIN}

    @documents.showing("show_key", "Key", documents.KEY_ID)
    def get(self, request: Request, key_id: str) -> HttpResponse:
        """Answer with the key; nobody can show its token again."""
        return json_answer(described(keyring.find(key_id, self.principal.tenant), now()))

    @documents.removing("revoke_key", "It is refused everywhere in seconds.", documents.KEY_ID)
    def delete(self, request: Request, key_id: str) -> HttpResponse:
        """Revoke a key: it is refused within five seconds and its sockets are closed."""
        key = keyring.find(key_id, self.principal.tenant)
        keyring.revoke(key, by=self.issuer, now=now())
        return HttpResponse(status=204)


class Rotate(_Keyring):
    """Replaces a key."""

    scopes: ClassVar[Mapping[str, str | None]] = {"POST": ADMIN}

    @documents.making(
        "rotate_key",
        "Rotation",
        "IssuedKey",
        documents.KEY_ID,
        example={"overlap_seconds": 3600},
    )
    def post(self, request: Request, key_id: str) -> HttpResponse:
        """Make a new key of the same name, kind and scopes; the old one expires after the overlap.

        The token is shown once: a repeat with the same idempotency key has null instead.
        """
        body = reading.body_of(request, ("overlap_seconds",))
        seconds = body.whole("overlap_seconds", OVERLAP, 0, MOST_OVERLAP)
        body.faults.raise_any()
        key = keyring.find(key_id, self.principal.tenant)
        at, overlap = now(), timedelta(seconds=seconds)

        def effect() -> HttpResponse:
            return self.issued(*keyring.rotate(key, by=self.issuer, now=at, overlap=overlap), at)

        return once(request, self.principal, effect, now=at, hidden="token")


def _wish(request: Request) -> keyring.Wish:
    """Return the key that the body asks for; a public one says its scopes by being one."""
    body = reading.body_of(request, FIELDS)
    kind = reading.choice(body, "kind", KINDS, KINDS[0])
    scopes = body.names("scopes", SCOPES.get, SCOPES)
    if kind == "public" and not scopes:
        scopes = tuple(keyring.PUBLIC_SCOPES)
    wish = keyring.Wish(
        name=reading.text(body, "name", keyring.LONGEST_NAME),
        scopes=frozenset(scopes),
        kind=kind,
        expires_at=reading.instant(body, "expires_at"),
    )
    body.faults.raise_any()
    return wish


def described(key: ApiKey, at: datetime) -> dict[str, Any]:
    """Return a key as it is shown."""
    return {
        "id": str(key.pk),
        "name": key.name,
        "kind": key.kind,
        "scopes": key.scopes,
        "prefix": key.prefix,
        "status": keyring.state(key, at),
        "replaces": str(key.replaces_id) if key.replaces_id else None,
        "created_at": key.created_at,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
    }


def _all_described(rows: Sequence[ApiKey], at: datetime) -> list[dict[str, Any]]:
    return [described(key, at) for key in rows]
