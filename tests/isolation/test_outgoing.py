"""What leaves by itself goes to its own organization's receivers, and tells of nobody else."""

import json

import pytest

from reports.models import Delivery
from reports.schedules import endings
from reports.webhooks import fanout
from tests.isolation.test_rest import both_ways
from tests.isolation.world import QUESTIONS
from tests.reports.doors import get, post
from tests.warehouse.waiting import eventually
from warehouse.clock import now
from warehouse.tenancy.models import Membership


@pytest.fixture
def told(settled):
    """Both, with all that is to be told of their reports written down."""
    for side in settled:
        address = f"/schedules/{side.ids['schedule_id']}/firings"
        eventually(lambda side=side, address=address: answered(side, address), 60)
    endings.settle(now=now())
    fanout.spread(now=now())
    return settled


def answered(side, address):
    """Tell whether the report of the schedule has its answer."""
    [firing] = get(side.caller, address).json()["items"]
    report = get(side.caller, f"/reports/{firing['report']}").json()
    return report["status"] == "succeeded"


def test_a_message_holds_its_own_organizations_answer(told):
    types = set()
    for side, other in both_ways(told):
        sent = Delivery.objects.filter(organization=side.organization)
        types |= set(sent.values_list("type", flat=True))
        for one in sent:
            assert one.webhook
            assert str(one.webhook.organization_id) == side.id
            text = json.dumps(one.payload)
            assert not [mark for mark in (other.word, other.amount, other.id) if mark in text]
        result = json.dumps(sent.get(type="schedule.succeeded").payload["result"])
        assert side.amount in result
    assert types == {"webhook.test", "report.succeeded", "schedule.succeeded"}


def test_a_schedule_reaches_no_receiver_of_another(sides, django_user_model):
    for side, other in both_ways(sides):
        person = django_user_model.objects.create_user(
            f"{other.word}-alone", f"alone@{other.word}.example"
        )
        Membership.objects.create(user=person, organization=other.organization, role="viewer")
        schedule = {
            "name": "x",
            "kind": "traffic",
            "request": QUESTIONS["traffic"],
            "cron": "@daily",
        }
        targets = {
            "deliver.webhook": {"webhook": other.ids["webhook_id"]},
            "deliver.emails[0]": {"emails": [person.email]},
        }
        for field, target in targets.items():
            before = post(side.caller, "/schedules", {**schedule, "deliver": target})
            assert [error["field"] for error in before.json()["errors"]] == [field]
            changed = side.caller.patch(
                f"/api/v1/schedules/{side.ids['schedule_id']}",
                {"deliver": target},
                content_type="application/json",
            )
            assert [error["field"] for error in changed.json()["errors"]] == [field]
            assert other.word not in changed.content.decode().replace(person.email, "")
