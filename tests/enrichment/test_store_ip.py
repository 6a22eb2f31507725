"""The sender's raw address is stored only for an organization that asked for it."""

import pytest

from tests.enrichment.senders import send, stored, view, work

pytestmark = pytest.mark.django_db


def test_the_address_is_stored_only_where_the_organization_wants_it(acme, globex, clickhouse):
    type(acme).objects.filter(pk=acme.pk).update(store_ip=True)
    for organization in (acme, globex):
        send(organization, view(ip="203.0.113.9", event_id="a"), view(event_id="b"))
    work(clickhouse)
    assert stored(clickhouse, acme, "ip") == ["203.0.113.9", ""]
    assert stored(clickhouse, globex, "ip") == ["", ""]


def test_what_waits_when_the_wish_ends_is_stored_without(acme, clickhouse):
    type(acme).objects.filter(pk=acme.pk).update(store_ip=True)
    send(acme, view(ip="203.0.113.9"))
    type(acme).objects.filter(pk=acme.pk).update(store_ip=False)
    work(clickhouse)
    assert stored(clickhouse, acme, "ip") == [""]
