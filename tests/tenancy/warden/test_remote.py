"""A remote Warden decides who is let in, where and for what."""

from datetime import timedelta

import pytest

from tests.tenancy.warden.wardens import (
    GLOBEX,
    asked,
    organization,
    outcome,
    principal,
    together,
    token,
)
from warehouse.custody import orders
from warehouse.exceptions import (
    AccessDenied,
    InvalidRequest,
    Unauthenticated,
    WardenUnavailable,
)
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Membership, Organization
from warehouse.tenancy.warden.client import Address
from warehouse.tenancy.warden.server import Server

pytestmark = pytest.mark.django_db


def test_a_token_is_asked_about_once_and_again_after_a_moment(warden, clock):
    shown = token(mark="again")
    assert [warden.authenticate(shown).name for _ in range(3)] == ["call 1"] * 3
    clock.seconds = 2.0
    assert warden.authenticate(shown).name == "call 2"


@pytest.mark.django_db(transaction=True)
def test_many_who_ask_at_once_are_one_call(warden):
    shown = token(mark="crowd", after=0.2)
    assert {caller.name for caller in together(8, lambda: warden.authenticate(shown))} == {"call 1"}


def test_the_organization_has_a_row_of_this_database(warden):
    caller = warden.authenticate(token(principal=principal(organization(limits={"sockets": 7}))))
    row = Organization.objects.get()
    assert (str(row.pk), row.slug, row.sockets) == (caller.tenant.id, "acme", 7)
    assert caller.tenant == row.as_tenant()


def test_a_row_that_was_deleted_meanwhile_is_made_again(warden, clock):
    shown = token(mark="deleted")
    warden.authenticate(shown)
    Organization.objects.all().delete()
    clock.seconds = 10.0
    warden.authenticate(shown)
    assert Organization.objects.exists()


def test_one_that_is_erased_here_is_served_no_more_whatever_warden_says(warden, clock):
    shown = token(mark="erased")
    caller = warden.authenticate(shown)
    row = Organization.objects.get()
    orders.erase_organization(row, confirmation="acme", actor=Actor("user:1"), now=clock.now())
    for seconds in (1.0, 2.0, 30.0):  # by what is remembered, and asked afresh
        clock.seconds = seconds
        with pytest.raises(AccessDenied, match="suspended"):
            warden.authenticate(shown)
    row.refresh_from_db()
    assert row.suspended_at is not None
    row.delete()
    clock.seconds = 60.0
    with pytest.raises(AccessDenied):
        warden.renew(caller.subject, "acme", shown)
    assert not Organization.objects.exists()


def test_one_of_several_organizations_is_named(warden):
    shown = token(principal=principal(organization(), organization(GLOBEX, "globex")))
    with pytest.raises(InvalidRequest, match="acme, globex"):
        warden.authenticate(shown)
    assert warden.authenticate(shown, "globex").tenant.id == GLOBEX
    assert [row.slug for row in Organization.objects.all()] == ["globex"]
    with pytest.raises(AccessDenied):
        warden.authenticate(shown, "initech")


def test_who_belongs_nowhere_is_refused(warden):
    with pytest.raises(AccessDenied):
        warden.authenticate(token(principal={**principal(), "memberships": []}))


def test_nobody_is_served_for_a_suspended_organization(warden):
    shown = token(principal=principal(organization(suspended=True)))
    for _ in "ab":
        with pytest.raises(AccessDenied, match="suspended"):
            warden.authenticate(shown)
    assert Organization.objects.get().suspended_at is not None


def test_a_token_ends_on_time_though_it_is_remembered(warden, clock):
    ends = (clock.now() + timedelta(seconds=1)).isoformat()
    shown = token(principal=principal(expires_at=ends))
    warden.authenticate(shown)
    clock.seconds = 1.0
    with pytest.raises(Unauthenticated, match="expired"):
        warden.authenticate(shown)


@pytest.mark.parametrize("shown", ["", "\0", "a\nb", "x" * 4097, "\ud800"], ids=repr)
def test_what_cannot_be_a_token_is_not_even_asked_about(db, shown):
    with asked(Address("127.0.0.1:1")) as nowhere, pytest.raises(Unauthenticated):
        nowhere.authenticate(shown)


def test_a_caller_is_looked_at_again_with_what_it_showed(warden, clock):
    caller = warden.authenticate(token(mark="renewed"))
    clock.seconds = 1.0
    again = warden.renew(caller.subject, caller.tenant.slug, caller.credential)
    assert again.name == "call 2"
    assert outcome(lambda: warden.renew(caller.subject, "acme", "")) is Unauthenticated


@pytest.fixture
def ours(transactional_db):
    """A Warden over this very database, asked over gRPC."""
    server = Server("127.0.0.1:0")
    server.start()
    with asked(Address(f"127.0.0.1:{server.port}")) as warden:
        yield warden
    server.stop()


@pytest.mark.django_db(transaction=True)
def test_a_person_belongs_where_memberships_say_if_warden_serves_it(ours, alice, acme):
    caller = ours.for_user(alice)
    assert (caller.subject, caller.tenant) == (f"user:{alice.pk}", acme.as_tenant())
    assert ours.renew(caller.subject, "acme", "").scopes == caller.scopes
    with pytest.raises(AccessDenied):
        ours.for_user(alice, "globex")
    Membership.objects.all().delete()
    with pytest.raises(AccessDenied):
        ours.renew(caller.subject, "acme", "")


@pytest.mark.django_db(transaction=True)
def test_a_person_of_an_organization_that_warden_suspends_is_out(ours, alice, acme):
    Organization.objects.update(suspended_at=acme.created_at)
    with pytest.raises(AccessDenied, match="suspended"):
        ours.for_user(alice)


def test_a_person_is_let_in_by_no_warden_that_cannot_tell(warden, alice):
    assert outcome(lambda: warden.for_user(alice)) is WardenUnavailable
