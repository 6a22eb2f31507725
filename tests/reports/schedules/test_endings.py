"""A firing ends once, is told of once, and what is told goes when the result goes."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest
from django.db import connections

from reports import expiry, jobs, lifecycle, results
from reports.models import Delivery, Firing, Job, Report
from reports.schedules import endings, messages
from reports.webhooks import deliveries
from tests.reports.builders import KEEP, Result, after, claim, fresh
from tests.reports.schedules.builders import (
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
from tests.reports.webhooks.builders import hook
from warehouse.exceptions import SourceTimeout
from warehouse.planner.plan import Column

pytestmark = pytest.mark.django_db


def test_a_webhook_is_told_with_the_result_once(acme):
    made = schedule(acme)
    [one] = fire()
    assert (settle(), sent()) == (0, [])
    answer(SOURCES)
    assert (settle(), settle()) == (1, 0)
    told = only()
    assert (told.channel, told.type, told.webhook) == (
        "webhook",
        "schedule.succeeded",
        made.webhook,
    )
    data = told.payload
    assert data["schedule"] == {
        "id": str(made.pk),
        "name": "Hourly",
        "kind": "query",
        "cron": "0 * * * *",
        "timezone": "UTC",
        "firing": str(one.pk),
        "due_at": "2026-11-23T13:00:00Z",
        "by_hand": False,
    }
    assert (data["report"]["id"], data["report"]["status"]) == (str(one.report_id), "succeeded")
    assert data["result"] == orjson.loads(SOURCES.body())
    assert (fresh(one).state, fresh(one).finished_at) == ("succeeded", after(HOUR))


def test_a_large_result_is_named_and_not_told(acme, monkeypatch):
    monkeypatch.setattr(messages, "MOST_INLINE", len(SOURCES.body()) - 1)
    schedule(acme)
    fire()
    job = answer(SOURCES)
    settle()
    assert only().payload["result"] is None
    assert only().payload["report"]["links"]["result"].endswith("/result")
    assert results.small(job, len(SOURCES.body())) == SOURCES.body()


def test_a_result_with_what_no_database_keeps_is_not_told(acme):
    schedule(acme)
    fire()
    columns = (Column("source", "string", "dimension"),)
    answer(Result([["a\0b"]], columns=columns))
    settle()
    assert only().payload["result"] is None


def test_people_get_a_letter_each_with_the_first_rows(acme, django_user_model, client):
    emails = [member(acme, django_user_model, name) for name in ("ada", "bob")]
    made = schedule(acme, deliver={"emails": emails, "format": "xlsx"}, name="Week's traffic")
    fire()
    answer(SOURCES)
    settle()
    assert [(one.channel, one.recipient) for one in sent()] == [("email", one) for one in emails]
    letter = sent()[0].payload
    assert letter["subject"] == "Week's traffic: 2026-11-16 to 2026-11-22"
    assert letter["attachment"] == {"name": "weeks-traffic-2026-11-23.xlsx", "format": "xlsx"}
    text = letter["text"]
    assert "source      n\ngoogle  1,000\na b     1,001\n–       1,002\n" in text
    assert "… and 2 more rows\n\nTotals: n 1,234,567.5" in text
    assert "k" not in text.split("… and")[0].split()
    report = Report.objects.get()
    result = f"/api/v1/reports/{report.pk}/result?format=xlsx"
    assert f"http://127.0.0.1:8000{result}\n" in text
    [by_login] = re.findall(r"http://127.0.0.1:8000(/login\S+)", text)
    client.force_login(django_user_model.objects.get(email=emails[0]))
    assert client.get(by_login)["Location"] == result
    assert "names your address" in text
    assert "Acme" in text
    assert f"through the API, as schedule\n{made.pk}.\n" in text


def test_a_letter_shows_lists_and_rules_as_json(acme, django_user_model):
    schedule(acme, deliver={"emails": [member(acme, django_user_model, "ada")]})
    fire()
    columns = (Column("hours", "json", "dimension"), Column("n", "integer", "metric"))
    answer(Result([["[18,19]"], [3]], columns=columns))
    settle()
    assert "hours    n\n[18,19]  3\n" in sent()[0].payload["text"]


def test_an_organization_sends_so_many_letters_a_day_and_no_more(
    acme, globex, django_user_model, monkeypatch
):
    monkeypatch.setattr(messages, "MOST_LETTERS", 3)
    schedule(globex, deliver={"emails": [member(globex, django_user_model, "eve")]})
    emails = [member(acme, django_user_model, name) for name in ("ada", "bob")]
    schedule(acme, deliver={"emails": emails})
    deliveries.create(
        organization_id=acme.pk, type="x", payload={}, now=after(0), webhook=hook(acme)
    )

    def told(seconds):
        """Return how many letters Acme got, and what its firing says."""
        before = Delivery.objects.filter(organization=acme).count()
        fire(seconds)
        while Job.objects.filter(state="queued").exists():
            answer(SOURCES, seconds)
        settle(seconds)
        ended = Firing.objects.filter(schedule__organization=acme).latest("due_at")
        assert ended.state == "succeeded"
        detail = (ended.error or {}).get("detail")
        return Delivery.objects.filter(organization=acme).count() - before, detail

    words = "of its letters were not sent: an organization sends 3 in 24 hours."
    assert told(HOUR) == (2, None)
    assert told(2 * HOUR) == (1, f"1 {words}")
    assert told(3 * HOUR) == (0, f"2 {words}")
    assert told(25 * HOUR) == (2, None)


def test_a_failure_that_is_not_told_keeps_its_reason(acme, django_user_model, monkeypatch):
    monkeypatch.setattr(messages, "MOST_LETTERS", 0)
    schedule(acme, deliver={"emails": [member(acme, django_user_model, "ada")]})
    [one] = fire()
    problem = SourceTimeout().to_problem()
    assert lifecycle.fail(claim(after(HOUR)), problem, now=after(HOUR))
    assert (settle(), sent()) == (1, [])
    error = fresh(one).error
    assert {**error, "detail": problem["detail"]} == problem
    assert error["detail"].startswith(f"{problem['detail']} 1 of its letters were not sent")


def test_an_empty_answer_says_so(acme, django_user_model):
    schedule(acme, deliver={"emails": [member(acme, django_user_model, "ada")]})
    fire()
    answer(Result())
    settle()
    assert "There are no rows." in only().payload["text"]


def test_a_failure_is_told_with_why(acme, django_user_model):
    schedule(acme)
    schedule(acme, deliver={"emails": [member(acme, django_user_model, "ada")]}, name="By mail")
    fire()
    problem = SourceTimeout().to_problem()
    assert lifecycle.fail(claim(after(HOUR)), problem, now=after(HOUR))
    assert settle() == 2
    hook, letter = sorted(sent(), key=lambda one: one.channel, reverse=True)
    assert hook.type == letter.type == "schedule.failed"
    assert (hook.payload["error"], hook.payload["result"]) == (problem, None)
    assert letter.payload["subject"] == "By mail: no result"
    assert problem["detail"] in letter.payload["text"]
    assert letter.payload["attachment"] is None


def test_what_somebody_cancels_or_deletes_is_told_to_nobody(acme):
    schedule(acme, request={"metrics": ["events"]})
    schedule(acme, request={"metrics": ["clicks"]})
    one, other = fire()
    for firing in (one, other):
        jobs.cancel(firing.report, now=after(HOUR))
    jobs.delete(other.report, now=after(HOUR))
    assert settle() == 2
    assert (fresh(one).state, fresh(other).state) == ("cancelled", "cancelled")
    assert (fresh(one).error, fresh(other).error["code"]) == (None, "gone")
    assert sent() == []


def test_a_result_that_has_expired_meanwhile_is_told_without(acme):
    schedule(acme)
    fire()
    answer(SOURCES)
    expiry.expire(now=after(HOUR) + KEEP)
    settle()
    assert (only().type, only().payload["result"]) == ("schedule.succeeded", None)


def test_one_that_cannot_be_ended_holds_up_no_other(acme, globex, monkeypatch):
    for organization in (acme, globex):
        schedule(organization)
    fire()
    answer(SOURCES)
    answer(SOURCES)
    read = messages.read

    def fails(schedule_, job):
        if schedule_.organization_id == acme.pk:
            raise RuntimeError("a bug")
        return read(schedule_, job)

    monkeypatch.setattr(messages, "read", fails)
    assert settle() == 1
    assert only().organization_id == globex.pk
    monkeypatch.undo()
    assert settle() == 1


def test_a_report_that_is_tried_again_meanwhile_has_not_ended(acme, monkeypatch):
    schedule(acme)
    [one] = fire()
    assert lifecycle.fail(claim(after(HOUR)), {}, now=after(HOUR))
    look = endings._told

    def retry(firing, now):
        jobs.retry(fresh(one.report), now=now)
        return look(firing, now)

    monkeypatch.setattr(endings, "_told", retry)
    assert settle() == 0
    monkeypatch.undo()
    answer(SOURCES)
    assert settle() == 1
    assert only().type == "schedule.succeeded"


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_tell_once(acme):
    for number in range(5):
        schedule(acme, name=str(number))
    fire()
    answer(SOURCES)
    together = threading.Barrier(4, timeout=20)

    def work(_):
        try:
            together.wait()
            return settle()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 5
    assert len(sent()) == 5


@pytest.mark.django_db(transaction=True)
def test_a_death_before_the_end_is_written_loses_and_doubles_nothing(acme, monkeypatch):
    schedule(acme)
    fire()
    answer(SOURCES)
    send = messages.send

    def dies(*told, **how):
        send(*told, **how)
        raise RuntimeError("killed")

    monkeypatch.setattr(messages, "send", dies)
    assert settle() == 0
    assert (sent(), Firing.objects.get().state) == ([], "running")
    monkeypatch.undo()
    assert settle() == 1
    assert len(sent()) == 1
