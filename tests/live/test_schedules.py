"""Schedules by the real processes: letters as files, webhooks received, over a worker's death."""

import email
from email import policy

import orjson
import pytest
from standardwebhooks import Webhook

from tests.live import work
from tests.live.client import Client
from tests.live.stack import Stack, until
from tests.reports.webhooks.receiver import receiving
from warehouse.tenancy.principal import SCOPES

LOOPBACK = {"TRELLIS_WEBHOOK_NETWORKS": "127.0.0.0/8"}
PERSON = """
from django.contrib.auth import get_user_model
from warehouse.tenancy.models import Membership, Organization
ada = get_user_model().objects.create_user("ada", "ada@live.example")
Membership.objects.create(
    user=ada, organization=Organization.objects.get(slug="scheduled"), role="viewer"
)
"""
DUE = """
from reports.models import Schedule
from warehouse.clock import now
Schedule.objects.filter(name="{name}").update(next_at=now())
"""
WISH = {
    "kind": "query",
    "request": {**work.WINDOW, "metrics": ["events"], "dimensions": ["event_name"]},
    "cron": "0 8 1 1 *",
}


@pytest.fixture(scope="module")
def open_stack():
    """An installation whose operator lets messages go to this machine."""
    running = Stack(LOOPBACK)
    try:
        running.start()
    except BaseException:
        running.destroy()
        raise
    yield running
    running.stop()


@pytest.fixture(scope="module")
def scheduling(open_stack):
    """A caller of an organization with a person and some events."""
    caller = Client(open_stack, open_stack.organization("scheduled", *SCOPES))
    open_stack.manage("shell", "--no-imports", "-c", PERSON)
    sent = caller.send(work.events("once"), key="once")
    until(lambda: work.count(caller) == sent, seconds=90, every=0.3, what="storing")
    yield caller
    caller.close()


def made(caller, **wish):
    answer = caller.request("POST", "/schedules", json={**WISH, **wish})
    assert answer.status_code == 201, answer.text
    return answer.json()


def ended(caller, schedule):
    """Return the schedule's only firing once everything of it has been delivered."""

    def look():
        [*found] = caller.persist("GET", f"/schedules/{schedule['id']}/firings").json()["items"]
        done = found and all(one["state"] == "delivered" for one in found[0]["deliveries"])
        return found if done and found[0]["deliveries"] else None

    [firing] = until(look, seconds=90, every=0.2, what="the delivery")
    return firing


def test_one_that_is_run_by_hand_lands_as_a_letter(open_stack, scheduling):
    target = {"emails": ["ada@live.example"], "format": "csv"}
    schedule = made(scheduling, name="By hand", deliver=target)
    assert scheduling.request("POST", f"/schedules/{schedule['id']}/run").status_code == 202
    firing = ended(scheduling, schedule)
    [file] = (open_stack.var / "mail").iterdir()
    letter = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    assert letter["To"] == "ada@live.example"
    assert letter["Subject"] == f"By hand: {work.DAY}"
    body = letter.get_body()
    assert body is not None
    assert f"view           {work.BATCH}" in body.get_content()
    [attached] = letter.iter_attachments()
    assert (attached.get_filename() or "").endswith(".csv")
    assert attached.get_content().split() == ["event_name,events", f"view,{work.BATCH}"]
    assert firing["by_hand"]


def test_one_that_is_due_reaches_its_webhook_over_the_death_of_the_worker(open_stack, scheduling):
    with receiving() as receiver:
        wish = {"url": receiver.url("/in"), "events": []}
        hook = scheduling.request("POST", "/webhooks", json=wish).json()
        target = {"webhook": hook["webhook"]["id"]}
        schedule = made(scheduling, name="In time", deliver=target)
        open_stack.manage("shell", "--no-imports", "-c", DUE.format(name="In time"))
        open_stack.replaced("worker", open_stack.kill9("worker"))
        firing = ended(scheduling, schedule)
        # A worker that died after it had sent sends again, under the same id.
        assert {headers["webhook-id"] for _, headers, _ in receiver.got} == {
            f"msg_{firing['deliveries'][0]['id'].replace('-', '')}"
        }
        _, headers, body = receiver.got[-1]
    told = Webhook(hook["secret"]).verify(body.decode(), dict(headers.items()))
    assert orjson.loads(body) == told
    assert told["type"] == "schedule.succeeded"
    assert told["data"]["schedule"]["id"] == schedule["id"]
    assert told["data"]["report"]["status"] == "succeeded"
    assert told["data"]["result"]["rows"] == [["view", work.BATCH]]
    assert not firing["by_hand"]
    assert scheduling.request("GET", f"/schedules/{schedule['id']}").json()["next_at"] > "2026"
