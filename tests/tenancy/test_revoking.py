"""A key that is being revoked leaves no key behind, whichever of the two comes first."""

import pytest
from django.db import transaction

from tests.reports.meddling import PATIENCE, meanwhile, two_writers
from warehouse.clock import now
from warehouse.exceptions import Conflict, Unauthenticated
from warehouse.tenancy import keyring, keys
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.keyring import Issuer, Wish
from warehouse.tenancy.models import ApiKey
from warehouse.tenancy.warden import local

pytestmark = [pytest.mark.django_db(transaction=True), two_writers]
SCOPES = ("organization:admin", "reports:read")
WISH = Wish("heir", frozenset({"reports:read"}))
OPERATOR = Issuer(Actor(), SCOPES)


@pytest.fixture
def leaked(acme):
    return keys.issue(acme, name="leaked", scopes=SCOPES)


@pytest.fixture
def other(acme):
    key, _ = keys.issue(acme, name="other", scopes=["reports:read"])
    return key


def thief(token):
    """Whoever holds the token, as a door knows them."""
    caller = local.LocalWarden().authenticate(token)
    return Issuer(Actor(caller.subject), caller.scopes, caller)


def create(by, leaked, other):
    keyring.create(leaked.organization_id, WISH, by=by, now=now())


def rotate_another(by, leaked, other):
    keyring.rotate(other, by=by, now=now())


def rotate_itself(by, leaked, other):
    keyring.rotate(leaked, by=by, now=now())


def live():
    return set(ApiKey.objects.filter(revoked_at=None).values_list("name", flat=True))


@pytest.mark.parametrize("act", [create, rotate_another, rotate_itself])
def test_a_key_that_is_being_revoked_makes_no_other(leaked, other, act):
    key, token = leaked
    by = thief(token)
    with transaction.atomic():
        keyring.revoke(key, by=OPERATOR, now=now())
        making = meanwhile(lambda: act(by, key, other))
    with pytest.raises((Unauthenticated, Conflict)):
        making.result(PATIENCE)
    assert live() == {"other"}
    assert ApiKey.objects.count() == 2


@pytest.mark.parametrize("act", [create, rotate_another, rotate_itself])
def test_a_revocation_waits_for_what_its_key_is_making(leaked, other, act):
    key, token = leaked
    with transaction.atomic():
        act(thief(token), key, other)
        revoking = meanwhile(lambda: keyring.revoke(key, by=OPERATOR, now=now()))
        assert not revoking.done(), "said to be revoked while it still makes a key"
    revoking.result(PATIENCE)
    assert ApiKey.objects.filter(revoked_at=None).count() == 2
    assert ApiKey.objects.get(pk=key.pk).revoked_at is not None
