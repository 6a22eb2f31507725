"""The embedded Warden remembers for a moment only, and lets in nobody it should not."""

from datetime import timedelta

import pytest

from warehouse.clock import now
from warehouse.exceptions import AccessDenied, InvalidRequest, Unauthenticated
from warehouse.tenancy import keys
from warehouse.tenancy.models import ApiKey, Membership
from warehouse.tenancy.principal import SCOPES
from warehouse.tenancy.warden import local

pytestmark = pytest.mark.django_db


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self):
        self.seconds = 0.0
        self.start = now()

    def elapsed(self):
        return self.seconds

    def now(self):
        return self.start + timedelta(seconds=self.seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def warden(clock):
    return local.LocalWarden(now=clock.now, elapsed=clock.elapsed)


@pytest.fixture
def issued(acme):
    return keys.issue(acme, name="n", scopes=["reports:read"])


def test_a_known_token_costs_no_query(warden, issued, django_assert_num_queries):
    key, token = issued
    with django_assert_num_queries(1):
        principals = {warden.authenticate(token).subject for _ in range(5)}
    assert principals == {f"key:{key.pk}"}


def test_a_token_without_the_right_checksum_costs_no_query(warden, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(Unauthenticated):
        warden.authenticate(keys.new_token()[:-1] + "-")


def test_revocation_works_within_five_seconds(warden, clock, issued):
    key, token = issued
    warden.authenticate(token)
    ApiKey.objects.filter(pk=key.pk).update(revoked_at=clock.now())
    clock.seconds += 5
    with pytest.raises(Unauthenticated):
        warden.authenticate(token)


def test_suspension_works_within_five_seconds(warden, clock, issued, acme):
    warden.authenticate(issued[1])
    type(acme).objects.update(suspended_at=clock.now())
    clock.seconds += 5
    with pytest.raises(AccessDenied, match="suspended"):
        warden.authenticate(issued[1])


def test_a_remembered_key_still_expires_on_time(warden, clock, acme):
    expires_at = clock.now() + timedelta(seconds=1)
    _, token = keys.issue(acme, name="n", scopes=[], expires_at=expires_at)
    warden.authenticate(token)
    clock.seconds += 1
    with pytest.raises(Unauthenticated, match="expired"):
        warden.authenticate(token)


def test_a_remembered_key_still_refuses_a_foreign_organization(warden, issued):
    warden.authenticate(issued[1], "acme")
    with pytest.raises(AccessDenied):
        warden.authenticate(issued[1], "globex")


def test_an_unknown_key_may_be_created_a_moment_later(warden, acme):
    token = keys.new_token()
    with pytest.raises(Unauthenticated):
        warden.authenticate(token)
    ApiKey.objects.create(organization=acme, name="n", digest=keys.digest(token))
    assert warden.authenticate(token).tenant.slug == "acme"


def test_forgetting_drops_what_was_remembered(warden, issued, django_assert_num_queries):
    warden.authenticate(issued[1])
    warden.forget()
    with django_assert_num_queries(1):
        warden.authenticate(issued[1])


def test_what_is_remembered_is_bounded(warden, acme, monkeypatch):
    monkeypatch.setattr(local, "REMEMBERED", 3)
    tokens = [keys.issue(acme, name=str(number), scopes=[])[1] for number in range(5)]
    for token in tokens:
        warden.authenticate(token)
    assert list(warden._known) == [keys.digest(token) for token in tokens[-3:]]


@pytest.mark.parametrize(
    ("role", "scopes"),
    [("owner", set(SCOPES)), ("viewer", {"reports:read"})],
)
def test_a_role_gives_its_scopes(alice, role, scopes):
    Membership.objects.update(role=role)
    principal = local.for_user(alice)
    assert principal.scopes == scopes
    assert principal.subject == f"user:{alice.pk}"


def test_a_member_of_a_suspended_organization_is_refused(alice, acme):
    type(acme).objects.update(suspended_at=now())
    with pytest.raises(AccessDenied, match="suspended"):
        local.for_user(alice)


def test_a_member_of_several_names_one(alice, globex):
    Membership.objects.create(user=alice, organization=globex, role="viewer")
    with pytest.raises(InvalidRequest, match="acme, globex"):
        local.for_user(alice)
    assert local.for_user(alice, "globex").tenant.slug == "globex"


def test_a_stranger_is_refused(charlie, acme):
    with pytest.raises(AccessDenied):
        local.for_user(charlie, "acme")
