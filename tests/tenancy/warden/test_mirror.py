"""A row of this database follows what a remote Warden says of its organization."""

from uuid import UUID

import pytest

from tests.tenancy.warden.wardens import ACME, GLOBEX
from warehouse.clock import now
from warehouse.custody import orders
from warehouse.exceptions import AccessDenied
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import AuditEntry, Organization
from warehouse.tenancy.warden import mirror

pytestmark = pytest.mark.django_db


def keep(identity=ACME, slug="acme", **more):
    told = Organization(pk=UUID(identity), slug=slug, name=slug, **more)
    mirror.keep(told, now())
    return Organization.objects.get(pk=identity)


def test_a_row_is_made_at_first_sight_and_then_left_alone(django_assert_num_queries):
    row = keep(sockets=5, timezone="Europe/Berlin")
    assert (row.slug, row.sockets, row.timezone) == ("acme", 5, "Europe/Berlin")
    with django_assert_num_queries(2):  # one is our own
        keep(sockets=5, timezone="Europe/Berlin")
    assert AuditEntry.objects.get().action == "organization.mirrored"


def test_a_row_is_looked_at_when_it_changes_or_after_a_while(clock, django_assert_num_queries):
    kept = mirror.Mirror(**clock.how)
    kept.keep(Organization(pk=UUID(ACME), slug="acme", name="acme"))
    changed = Organization(pk=UUID(ACME), slug="acme", name="acme", sockets=5)
    for clock.seconds, queries in [(1.0, 7), (2.0, 0), (10.9, 0), (11.0, 1)]:
        with django_assert_num_queries(queries):
            kept.keep(changed)
    assert Organization.objects.get().sockets == 5


def test_it_follows_and_keeps_what_is_its_own():
    row = keep(sockets=5)
    after = keep(slug="acme-two", currency="EUR", jobs_at_once=3)
    assert (after.slug, after.sockets, after.currency) == ("acme-two", None, "EUR")
    assert (after.visitor_salt, after.created_at) == (row.visitor_salt, row.created_at)
    latest = AuditEntry.objects.latest("at")
    changed = ["currency", "jobs_at_once", "name", "slug", "sockets"]
    assert (latest.actor, latest.details) == ("warden", {"changed": changed})


def test_it_is_suspended_and_reinstated_with_it():
    first = keep(suspended_at=now())
    assert first.suspended_at is not None
    assert keep(suspended_at=now()).suspended_at == first.suspended_at
    assert keep().suspended_at is None


@pytest.mark.parametrize("before", [None, now()], ids=["served", "suspended"])
def test_one_that_is_erased_follows_no_more_and_is_not_made_again(before):
    row = keep(suspended_at=before)
    orders.erase_organization(row, confirmation="acme", actor=Actor("user:1"), now=now())
    with pytest.raises(AccessDenied, match="suspended"):
        keep(currency="EUR")
    kept = Organization.objects.get()
    assert (kept.currency, kept.suspended_at is not None) == (row.currency, True)
    kept.delete()
    with pytest.raises(AccessDenied):
        keep()
    assert not Organization.objects.exists()
    assert keep(GLOBEX).slug == "acme"


def test_a_slug_another_row_has_is_marked_until_it_is_free():
    keep()
    beside = keep(GLOBEX)
    assert beside.slug == f"acme-{UUID(GLOBEX).hex[:8]}"
    assert keep(GLOBEX).slug == beside.slug
    keep(slug="renamed")
    assert keep(GLOBEX).slug == "acme"


def test_a_long_slug_leaves_room_for_its_mark():
    keep(slug="a" * 63)
    assert len(keep(GLOBEX, "a" * 63).slug) == 63
