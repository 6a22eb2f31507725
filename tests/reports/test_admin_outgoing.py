"""What leaves by itself, in the admin: looked at, stopped, started, sent again; each on record."""

import pytest
from django.contrib.auth.models import Permission

from reports.models import Delivery, Firing, Report, Schedule, Webhook
from tests.reports.builders import NOON, fresh
from tests.reports.outgoing import outgoing
from warehouse.clock import now
from warehouse.tenancy.models import AuditEntry

pytestmark = pytest.mark.django_db
PLACES = {
    one: f"/admin/reports/{one._meta.model_name}/" for one in (Webhook, Schedule, Delivery, Firing)
}


@pytest.fixture
def waiting(acme):
    return outgoing(acme, now=NOON)


def act(client, action, *rows, query=""):
    form = {"action": action, "_selected_action": [str(row.pk) for row in rows]}
    page = client.post(f"{PLACES[type(rows[0])]}{query}", form, follow=True)
    return page.content.decode()


def deeds():
    found = AuditEntry.objects.exclude(action__startswith="admin.").order_by("at")
    return list(found.values_list("action", "actor_name"))


def test_a_webhook_is_stopped_and_started(admin_client, waiting):
    hook = waiting.webhook
    assert "Stopped 1 of 1." in act(admin_client, "stop", hook)
    assert not fresh(hook).enabled
    assert fresh(waiting).state == "failed"
    assert "Started 1 of 1." in act(admin_client, "start", hook)
    assert fresh(hook).enabled
    assert deeds() == [("webhook.changed", "admin")] * 2


def test_a_schedule_is_paused_resumed_and_run(admin_client, waiting):
    schedule = waiting.firing.schedule
    assert "Paused 1 of 1." in act(admin_client, "pause", schedule)
    assert fresh(schedule).next_at is None
    assert "Resumed 1 of 1." in act(admin_client, "resume", schedule)
    assert fresh(schedule).next_at > NOON
    assert "Run 1 of 1." in act(admin_client, "run_now", schedule)
    assert Report.objects.get().kind == "traffic"
    assert Firing.objects.filter(by_hand=True, report__isnull=False).exists()
    assert [deed for deed, _ in deeds()] == ["schedule.changed"] * 2 + ["schedule.run"]


@pytest.mark.parametrize("channel", ["webhook", "email"])
def test_what_was_given_up_is_sent_again(admin_client, waiting, channel):
    if channel == "email":
        Delivery.objects.update(channel="email", webhook=None, recipient="a@acme.example")
    assert "Queued 0 of 1." in act(admin_client, "send_again", waiting)
    Delivery.objects.update(state="failed", due_at=None, finished_at=NOON, tries=8)
    assert "Queued 1 of 1." in act(admin_client, "send_again", waiting, query="?state=failed")
    assert (fresh(waiting).state, fresh(waiting).tries) == ("pending", 0)
    assert deeds() == [("delivery.redelivered", "admin")]


def test_a_delivery_shows_its_attempts_and_not_what_it_tells(admin_client, waiting):
    Delivery.objects.update(payload={"result": "quagga"})
    page = admin_client.get(f"{PLACES[Delivery]}{waiting.pk}/change/").content.decode()
    assert "timeout" in page
    assert "nightly.example" in admin_client.get(PLACES[Delivery]).content.decode()
    assert "quagga" not in page


def test_no_secret_is_shown(admin_client, waiting):
    for page in (PLACES[Webhook], f"{PLACES[Webhook]}{waiting.webhook.pk}/change/"):
        assert "sealed" not in admin_client.get(page).content.decode()


def test_who_may_only_look_cannot_act(client, waiting, django_user_model):
    person = django_user_model.objects.create_user("looker", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(person)
    for row in (waiting.webhook, waiting.firing.schedule, waiting):
        assert client.get(PLACES[type(row)]).status_code == 200
    for action, row in (
        ("stop", waiting.webhook),
        ("pause", waiting.firing.schedule),
        ("send_again", waiting),
    ):
        act(client, action, row)
    assert fresh(waiting.webhook).enabled
    assert fresh(waiting.firing.schedule).enabled
    assert not deeds()


def test_the_first_page_tells_what_did_not_arrive(admin_client, waiting):
    Delivery.objects.update(due_at=now())
    quiet = admin_client.get("/admin/").content
    assert b"given up" not in quiet
    assert b"not tried" not in quiet
    Delivery.objects.update(due_at=NOON)
    assert "1 delivery due for ten minutes and not tried" in str(
        admin_client.get("/admin/").content
    )
    Delivery.objects.update(state="failed", due_at=None, finished_at=now())
    Firing.objects.update(state="failed", finished_at=now())
    Webhook.objects.update(enabled=False, failing_since=NOON)
    page = admin_client.get("/admin/").content.decode()
    assert "1 delivery given up since yesterday" in page
    assert "1 scheduled report failed since yesterday" in page
    assert "1 webhook stopped after failures" in page


def test_a_webhook_and_a_schedule_lead_to_what_came_of_them(admin_client, waiting):
    for row, text in ((waiting.webhook, "all that was sent"), (waiting.firing.schedule, "was due")):
        page = admin_client.get(f"{PLACES[type(row)]}{row.pk}/change/").content.decode()
        [link] = [part for part in page.replace("&amp;", "&").split('"') if "id__exact" in part]
        assert text in page
        assert b'id="result_list"' in admin_client.get(link).content
