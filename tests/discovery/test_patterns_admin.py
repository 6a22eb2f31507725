"""Patterns in the admin: found by name or organization, dismissed and restored on record."""

import pytest

from discovery.models import Pattern
from tests.discovery.planted import pattern
from warehouse.clock import now
from warehouse.tenancy.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "/admin/discovery/pattern/"


def test_it_is_searched_and_filtered(admin_client, acme, globex):
    pattern(acme, now=now(), suggested_name="forum in the evening")
    pattern(globex, now=now(), suggested_name="letters", kind="anomaly", dismissed_at=now())

    def listed(query):
        page = admin_client.get(f"{LIST}?{query}").content.decode()
        return [name for name in ("forum in the evening", "letters") if f">{name}<" in page]

    assert listed("q=evening") == listed("q=acme") == ["forum in the evening"]
    assert listed("kind__exact=anomaly") == listed("dismissed=yes") == ["letters"]
    assert listed("dismissed=no") == ["forum in the evening"]
    assert len(listed("")) == 2


def test_the_rule_is_shown_as_people_read_it_and_opening_is_on_record(admin_client, acme):
    rule = [{"field": "source", "operator": "eq", "value": "<b>"}]
    one = pattern(acme, now=now(), filters=rule)
    page = admin_client.get(f"{LIST}{one.pk}/change/").content.decode()
    assert "<pre>[\n  {\n" in page
    assert "&lt;b&gt;" in page
    assert "<b>&quot;" not in page
    assert [one.action for one in AuditEntry.objects.all()] == ["admin.pattern.viewed"]


def test_it_is_dismissed_and_restored_on_record(admin_client, acme):
    one = pattern(acme, now=now())
    for action, dismissed in (("dismiss", True), ("restore", False)):
        form = {"action": action, "_selected_action": [str(one.pk)]}
        admin_client.post(LIST, form, follow=True)
        assert (Pattern.objects.get().dismissed_at is not None) == dismissed
    told = list(AuditEntry.objects.order_by("at").values_list("action", "actor_name"))
    assert told == [("pattern.dismissed", "admin"), ("pattern.restored", "admin")]
