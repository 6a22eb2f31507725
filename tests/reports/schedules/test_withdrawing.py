"""What messages hold of a result goes when the result goes, whoever takes it away and when."""

from datetime import timedelta

import pytest

from reports import erasing, expiry, inlined, jobs
from reports.limits import ROWS_KEPT
from reports.models import Delivery, Firing, Report
from reports.schedules import messages, schedules
from tests.reports.builders import KEEP, after, fresh
from tests.reports.meddling import PATIENCE, before, meanwhile, two_writers
from tests.reports.schedules.builders import (
    ALICE,
    HOUR,
    SOURCES,
    answer,
    fire,
    member,
    only,
    schedule,
    sent,
    settle,
)

pytestmark = pytest.mark.django_db


def test_what_is_told_goes_with_the_result(acme, django_user_model):
    schedule(acme)
    schedule(acme, deliver={"emails": [member(acme, django_user_model, "ada")]})
    fire()
    answer(SOURCES)
    settle()
    assert "google" in str([one.payload for one in sent()])
    expiry.expire(now=after(HOUR) + KEEP)
    hook, letter = sorted(sent(), key=lambda one: one.channel, reverse=True)
    assert hook.payload["result"] is None
    assert hook.payload["schedule"]["name"] == "Hourly"
    assert letter.payload["attachment"] is None
    assert "not kept any longer" in letter.payload["text"]
    address = f"http://127.0.0.1:8000/api/v1/reports/{letter.report_id}\n"
    assert address in letter.payload["text"]
    assert "google" not in str([one.payload for one in sent()])


def test_what_is_told_goes_when_a_visitor_of_its_days_is_erased(acme):
    schedule(acme)
    schedule(acme, request={"metrics": ["events"], "period": "last_2_days"}, name="Not touched")
    fire()
    for _ in range(2):
        answer(SOURCES)
    settle()
    day = (after(0) - timedelta(days=5)).date()
    erasing.expire_results(acme.pk, [day], now=after(HOUR + 1))
    kept = {one.payload["schedule"]["name"]: one.payload["result"] for one in sent()}
    assert kept["Hourly"] is None
    assert kept["Not touched"] is not None


def test_what_is_told_goes_when_its_report_is_deleted(acme):
    schedule(acme)
    [one] = fire()
    answer(SOURCES)
    settle()
    jobs.delete(fresh(one.report), now=after(HOUR + 1))
    assert sent() == []
    assert fresh(one).state == "succeeded"


def test_a_schedule_that_names_an_erased_visitor_goes(acme):
    named = [{"field": "visitor_id", "operator": "eq", "value": "v1"}]
    schedule(acme, request={"metrics": ["events"], "filters": named})
    other = schedule(acme)
    fire()
    assert len(erasing.schedules_naming(acme.pk, "v1")) == 1
    erasing.remove_schedules(acme.pk, "v1", now=after(HOUR))
    assert [one.schedule_id for one in Firing.objects.all()] == [other.pk]


def test_firings_of_long_ago_go_with_their_deliveries(acme):
    schedule(acme)
    fire()
    answer(SOURCES)
    settle()
    fire(2 * HOUR)
    expiry.purge(before=after(HOUR))
    assert Firing.objects.count() == 2
    expiry.purge(before=after(HOUR + 1))
    assert [one.due_at for one in Firing.objects.all()] == [after(2 * HOUR)]
    assert not Delivery.objects.exists()
    assert timedelta(days=1) < ROWS_KEPT


def test_a_schedule_that_is_removed_takes_what_is_on_its_way_along(acme):
    made = schedule(acme)
    fire()
    answer(SOURCES)
    settle()
    schedules.remove(made, by=ALICE, now=after(HOUR + 1))
    assert (Firing.objects.count(), sent(), Report.objects.count()) == (0, [], 1)


def test_a_death_between_expiring_and_taking_out_leaves_nothing_in_it(acme, monkeypatch):
    schedule(acme)
    fire()
    answer(SOURCES)
    settle()

    def die(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(inlined, "withdraw", die)
    with pytest.raises(KeyboardInterrupt):
        expiry.expire(now=after(HOUR) + KEEP)
    monkeypatch.undo()
    expiry.expire(now=after(HOUR) + KEEP)
    assert Report.objects.get().status == "expired"
    assert only().payload["result"] is None


def test_what_expires_while_it_is_read_is_not_told(acme, monkeypatch):
    """An erasure comes between reading the result and writing the message."""
    schedule(acme)
    fire()
    answer(SOURCES)
    read = messages.read

    def expire(*what):
        found = read(*what)
        expiry.expire(now=after(HOUR) + KEEP)
        return found

    monkeypatch.setattr(messages, "read", expire)
    settle()
    settle()
    assert only().payload["result"] is None


@two_writers
@pytest.mark.django_db(transaction=True)
def test_what_expires_while_it_is_written_is_taken_out_of_it(acme):
    schedule(acme)
    fire()
    answer(SOURCES)
    expiring = []

    def expire():
        expiring.append(meanwhile(lambda: expiry.expire(now=after(HOUR) + KEEP)))

    with before(('INSERT INTO "reports_delivery"', expire)):
        assert settle() == 1
    expiring[0].result(PATIENCE)
    assert (only().type, only().payload["result"]) == ("schedule.succeeded", None)
