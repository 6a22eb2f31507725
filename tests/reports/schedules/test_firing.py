"""What is due is fired once, whoever does it and whatever the clock has been up to."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import pairwise, takewhile

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports import jobs, limits
from reports.kinds import KINDS
from reports.models import Firing, Job, Report, Schedule
from reports.schedules import cron, firing, schedules
from tests.reports.builders import NOON, after, fresh
from tests.reports.schedules.builders import ALICE, HOUR, fire, schedule, sent
from warehouse.exceptions import InvalidRequest, QueryTooExpensive, SourceUnavailable
from warehouse.language.fingerprint import fingerprint
from warehouse.tenancy.models import AuditEntry

pytestmark = pytest.mark.django_db


def due(*hours):
    return [after(hour * HOUR) for hour in hours]


def fired():
    return list(Firing.objects.order_by("due_at").values_list("due_at", flat=True))


def test_it_is_fired_when_it_is_due_and_not_before(acme):
    made = schedule(acme)
    assert made.next_at == after(HOUR)
    assert fire(HOUR - 1) == []
    [one] = fire(HOUR)
    assert (one.due_at, one.state, one.by_hand) == (after(HOUR), "running", False)
    assert fresh(made).next_at == after(2 * HOUR)
    assert len(fire(HOUR + 2)) == 1
    job, report = Job.objects.get(), Report.objects.get()
    assert (job.priority, job.timeout_seconds) == (
        limits.PRIORITIES["scheduled"],
        limits.REPORT_SECONDS,
    )
    assert report.subject == f"schedule:{made.pk}"


def test_a_relative_period_is_as_of_the_time_it_was_due(acme):
    """Fired a day late, it still tells of the days before it was due."""
    question = {"metrics": ["events"], "period": "yesterday", "timezone": "Asia/Tokyo"}
    schedule(acme, request=question, cron="0 16 * * *")
    report_due, late = after(4 * HOUR), after(27 * HOUR)
    firing.fire(now=late)
    job, report = Job.objects.get(), Report.objects.get()
    assert (job.asked_at, report.created_at) == (report_due, late)
    parsed = [
        KINDS["query"].parse(question, tenant=acme.as_tenant(), now=at, max_limit=1000)
        for at in (report_due, late)
    ]
    assert job.fingerprint == fingerprint(parsed[0]) != fingerprint(parsed[1])


def test_missed_times_are_fired_once_as_the_latest(acme):
    made = schedule(acme)
    fire(5 * HOUR + 17)
    assert fired() == due(5)
    assert fresh(made).next_at == after(6 * HOUR)


def test_a_clock_put_back_fires_no_time_again_and_loses_none_after(acme):
    made = schedule(acme)
    fire(3 * HOUR)
    fire(2 * HOUR)
    assert fresh(made).next_at == after(3 * HOUR)
    fire(3 * HOUR)
    assert (fired(), fresh(made).next_at) == (due(3), after(4 * HOUR))
    fire(4 * HOUR)
    assert fired() == due(3, 4)


def test_a_clock_that_was_a_year_ahead_does_not_silence_it_for_a_year(acme):
    schedule(acme)
    fire(365 * 24 * HOUR)
    fire(HOUR - 30)
    fire(HOUR)
    assert fired() == due(1, 365 * 24)


def test_a_clock_put_back_by_a_moment_changes_nothing(acme):
    made = schedule(acme)
    fire(HOUR + 10)
    fire(HOUR - 1)
    assert fresh(made).next_at == after(2 * HOUR)


def test_a_clock_that_jumps_ahead_fires_once(acme):
    schedule(acme)
    fire(HOUR)
    fire(2 * HOUR + 1)
    assert fired() == due(1, 2)
    fire(9 * HOUR + 1)
    assert fired() == due(1, 2, 9)


def test_a_suspended_organization_fires_nothing_and_then_only_the_latest(acme, globex):
    schedule(acme)
    schedule(globex)
    acme.suspended_at = NOON
    acme.save()
    fire(HOUR)
    fire(2 * HOUR)
    assert {one.schedule.organization_id for one in Firing.objects.all()} == {globex.pk}
    acme.suspended_at = None
    acme.save()
    fire(3 * HOUR + 5)
    own = Firing.objects.filter(schedule__organization=acme)
    assert [one.due_at for one in own] == due(3)


def test_a_disabled_one_is_not_fired_and_enabled_again_counts_from_then(acme):
    made, tenant = schedule(acme), acme.as_tenant()
    off = schedules.change(made, {"enabled": False}, tenant=tenant, by=ALICE, now=after(1))
    assert off.next_at is None
    assert fire(5 * HOUR) == []
    on = schedules.change(made, {"enabled": True}, tenant=tenant, by=ALICE, now=after(5 * HOUR + 1))
    assert on.next_at == after(6 * HOUR)
    fire(6 * HOUR)
    assert fired() == due(6)


def test_a_change_of_the_times_counts_from_now_and_any_other_leaves_them(acme):
    made, tenant = schedule(acme), acme.as_tenant()
    later = after(1800)
    for now in (later, after(HOUR + 1)):
        named = schedules.change(made, {"name": str(now)}, tenant=tenant, by=ALICE, now=now)
        assert named.next_at == after(HOUR)
    moved = schedules.change(
        made, {"cron": "45 * * * *", "timezone": "Asia/Kathmandu"}, tenant=tenant, by=ALICE,
        now=later,
    )  # fmt: skip
    assert moved.next_at == after(HOUR)
    entries = AuditEntry.objects.filter(action="schedule.changed")
    changed = sorted(entry.details["changed"] for entry in entries)
    assert changed == [["cron", "timezone"], ["name"], ["name"]]


def test_what_the_organization_is_now_counts(acme):
    question = {"metrics": ["events"], "period": "yesterday"}
    schedule(acme, request=question, cron="0 16 * * *")
    before = acme.as_tenant()
    acme.timezone = "Asia/Tokyo"
    acme.report_seconds = 60
    acme.save()
    fire(4 * HOUR)
    then, now = (
        KINDS["query"].parse(question, tenant=tenant, now=after(4 * HOUR), max_limit=1000)
        for tenant in (before, acme.as_tenant())
    )
    job = Job.objects.get()
    assert job.fingerprint == fingerprint(now) != fingerprint(then)
    assert job.timeout_seconds == 60


REFUSALS = (InvalidRequest("No such field any more."), QueryTooExpensive("Too much."))


@pytest.mark.parametrize("refusal", [*REFUSALS, RuntimeError("a bug")], ids=lambda one: str(one))
def test_what_is_refused_has_failed_is_told_and_the_schedule_goes_on(acme, monkeypatch, refusal):
    made = schedule(acme)

    def refuse(**_):
        raise refusal

    monkeypatch.setattr(jobs, "submit", refuse)
    [one] = fire(HOUR)
    assert (one.state, one.report, one.finished_at) == ("failed", None, after(HOUR))
    assert "a bug" not in str(one.error)
    [told] = sent()
    assert (told.type, told.payload["error"]["code"]) == ("schedule.failed", one.error["code"])
    assert told.payload["report"] is None
    assert fresh(made).next_at == after(2 * HOUR)
    monkeypatch.undo()
    assert [one.state for one in fire(2 * HOUR)] == ["failed", "running"]


def test_what_passes_by_is_tried_again_in_the_next_round_and_holds_up_nobody(
    acme, globex, monkeypatch
):
    """As if the worker died between: nothing is written, the schedule stays due."""
    first, _ = schedule(acme, now=after(-1)), schedule(globex)
    submit = jobs.submit

    def fails(**asked):
        if asked["tenant"].slug == "acme":
            raise SourceUnavailable
        return submit(**asked)

    monkeypatch.setattr(jobs, "submit", fails)
    assert [one.schedule.organization_id for one in fire(HOUR)] == [globex.pk]
    assert fresh(first).next_at == NOON
    monkeypatch.undo()
    assert len(fire(HOUR + 2)) == 2


def test_a_round_is_bounded_and_the_next_one_goes_on(acme, monkeypatch):
    monkeypatch.setattr(firing, "A_ROUND", 2)
    for number in range(5):
        schedule(acme, name=str(number), now=after(number))
    assert [firing.fire(now=after(HOUR)) for _ in range(4)] == [2, 2, 1, 0]


def test_one_that_is_run_by_hand_is_still_due_when_it_was(acme):
    made = schedule(acme, enabled=False)
    one = schedules.run(made, by=ALICE, now=after(5))
    assert (one.by_hand, one.state, fresh(made).next_at) == (True, "running", None)
    assert Job.objects.get().asked_at == after(5)
    assert AuditEntry.objects.filter(action="schedule.run").count() == 1


def test_a_schedule_that_never_comes_again_is_left_alone(acme):
    made = schedule(acme)
    Schedule.objects.filter(pk=made.pk).update(cron="* * */20 * 1L")
    fire(HOUR)
    assert (len(fired()), fresh(made).next_at) == (1, None)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    looks=st.lists(st.integers(0, 12 * HOUR), min_size=1, max_size=8),
    text=st.sampled_from(["0 * * * *", "*/20 * * * *", "5,50 13-20 * * *", "30 14 * * *"]),
)
def test_whenever_workers_look_each_time_is_fired_once_and_as_the_latest(acme, looks, text):
    """However the clock goes; where it only goes on, it is what a plain reference says."""
    Schedule.objects.all().delete()
    schedule(acme, cron=text)
    found: list[datetime] = []
    for look in looks:
        firing.fire(now=after(look))
        new = [at for at in fired() if at not in found]
        assert len(new) <= 1
        assert all(at <= after(look) and following(text, at) == at for at in new)
        found += new
    if looks == sorted(looks):
        steps = pairwise([0, *looks])
        due_in = [within(text, after(start), after(end)) for start, end in steps]
        assert found == [times[-1] for times in due_in if times]


def following(text, at):
    return cron.following(text, "UTC", at - timedelta(seconds=1))


def within(text, start, end):
    return list(takewhile(lambda at: at <= end, cron.times(text, "UTC", start)))


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_fire_each_time_once(acme):
    for number in range(6):
        schedule(acme, name=str(number))
    together = threading.Barrier(4, timeout=20)

    def work(_):
        try:
            count = 0
            for hour in range(1, 6):
                together.wait()
                count += firing.fire(now=after(hour * HOUR))
            return count
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 30
    assert Firing.objects.count() == Report.objects.count() == 30
    assert set(fired()) == set(due(1, 2, 3, 4, 5))


@pytest.mark.django_db(transaction=True)
def test_a_change_meanwhile_is_not_overrun(acme):
    """Whoever has seen it due finds that it is not so any more."""
    seen = schedule(acme)
    tenant = acme.as_tenant()
    schedules.change(seen, {"cron": "30 * * * *"}, tenant=tenant, by=ALICE, now=after(HOUR))
    assert not firing._fired(seen, after(HOUR))
    acme.suspended_at = after(HOUR)
    acme.save()
    assert not firing._fired(fresh(seen), after(2 * HOUR))
    assert fresh(seen).next_at == after(HOUR) + timedelta(minutes=30)
    assert fired() == []
