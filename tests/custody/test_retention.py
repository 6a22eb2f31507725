"""Events older than an organization keeps them are forgotten, and what is counted says the rest."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reports.models import Report
from tests.custody.test_visitor import asked, removed, right
from tests.enrichment.senders import NOW, send, stored, view
from tests.reports.builders import submit
from warehouse import days
from warehouse.custody import tending
from warehouse.custody.models import Errand
from warehouse.derived import removal
from warehouse.language.query import Window
from warehouse.models import Day
from warehouse.tenancy.models import AuditEntry, Organization

FIRST = date(2026, 3, 5)
"""The first day kept by whoever keeps five days at `NOW`, the 10th."""
EDGE = datetime(2026, 3, 5, tzinfo=UTC)
PAST = Window(EDGE - timedelta(days=40), EDGE)


def keeping(organization, retention_days=5):
    Organization.objects.filter(pk=organization.pk).update(retention_days=retention_days)
    organization.refresh_from_db()


def at(days_=0, **more):
    return (EDGE + timedelta(days=days_, **more)).isoformat()


def mixed():
    """Old and new events, and sessions across the edge: a visitor's, and one of its sender's."""
    return [
        view(event_time=at(-3), event_id="old", url="https://x.example/old"),
        view(event_time=at(0, minutes=-10), visitor_id="v2"),
        view(event_time=at(0, minutes=10), visitor_id="v2", url="https://x.example/new"),
        view(event_time=at(-2), session_id="s", visitor_id="v3"),
        view(event_time=at(1), session_id="s", visitor_id="v3"),
        view(event_time=at(0), event_id="new"),
        view(event_time=at(-20), event_name="purchase", conversion_value=5),
    ]


def forgotten(station):
    """Ask for what is due, do it and return the errand."""
    assert tending.tend(now=station.now) == 1
    errand = Errand.objects.get(kind="retention")
    return station.done(errand)


def test_old_days_go_and_sessions_are_cut_at_the_edge(each_station, acme, globex):
    station = each_station
    keeping(acme)
    for organization in (acme, globex):
        send(organization, *mixed())
    station.store()
    version = days.version(str(acme.pk), PAST)
    errand = forgotten(station)
    assert len(stored(station.clickhouse, acme)) == 3
    assert len(stored(station.clickhouse, globex)) == 7
    right(station, acme, globex)
    owner = str(acme.pk)
    for table in ("session_rows", "rollup_content_1d", "rollup_audience_15m"):
        column = "start_date" if table == "session_rows" else "event_date"
        early = f"{column} < toDate('{FIRST}')"
        assert removal.count(station.clickhouse, table, owner, early) == 0
        assert removal.count(station.clickhouse, table, str(globex.pk), early) > 0
    assert days.version(owner, PAST) > version, "nothing computed before may be found again"
    assert removed(errand)["clickhouse.analytics_events"] == 4
    assert errand.receipt["left"] == 0
    assert errand.receipt["first_day_kept"] == "2026-03-05"
    assert AuditEntry.objects.get(action="events.forgotten").details["removed"] > 0


def test_whole_days_are_kept(station, acme):
    keeping(acme, 5)
    send(acme, view(event_time=at(0)), view(event_time=at(0, seconds=-1)))
    station.store()
    forgotten(station)
    assert len(stored(station.clickhouse, acme)) == 1


def test_results_over_forgotten_days_expire(station, acme):
    keeping(acme)
    send(acme, *mixed())
    station.store()
    old = submit(acme, asked=asked("2026-03-01", "2026-03-02"), now=NOW)
    new = submit(acme, asked=asked("2026-03-07", "2026-03-08"), now=NOW)
    for _ in range(2):
        station.answer()
    forgotten(station)
    statuses = dict(Report.objects.values_list("pk", "status"))
    assert statuses == {old.pk: "expired", new.pk: "succeeded"}


def test_events_are_stored_while_a_report_is_waited_for(station, acme):
    keeping(acme)
    send(acme, *mixed())
    station.store()
    report = submit(acme, asked=asked("2026-03-01", "2026-03-02"), now=NOW)
    report.job.state, report.job.started_at = "running", NOW
    report.job.save()
    assert tending.tend(now=station.now) == 1
    errand = Errand.objects.get(kind="retention")
    for _ in range(4):
        station.now += timedelta(seconds=5)
        station.runner().work_once()
    errand.refresh_from_db()
    assert errand.state == "queued"
    send(acme, view(event_time=at(1), visitor_id="late"))
    station.store()
    assert "late" in stored(station.clickhouse, acme, "visitor_id")
    report.job.state = "failed"
    report.job.save()
    station.done(errand)
    right(station, acme)


@pytest.mark.django_db
def test_only_who_has_something_old_is_asked_about(acme, globex):
    keeping(acme)
    for organization, day in ((acme, FIRST), (globex, date(2020, 1, 1))):
        Day.objects.create(organization_id=organization.pk, day=day, rows=3, watermark=NOW)
    assert tending.tend(now=NOW) == 0
    assert tending.tend(now=NOW + timedelta(days=1)) == 1
    assert Errand.objects.get().organization_id == acme.pk


@pytest.mark.django_db
def test_an_organization_is_asked_about_once_a_day(acme):
    keeping(acme)
    Day.objects.create(organization_id=acme.pk, day=date(2026, 1, 1), rows=3, watermark=NOW)
    assert tending.tend(now=NOW) == 1
    Errand.objects.update(state="succeeded")
    assert tending.tend(now=NOW + timedelta(hours=11)) == 0
    assert tending.tend(now=NOW + timedelta(hours=13)) == 1


@pytest.mark.django_db
def test_a_plan_bounds_who_says_nothing(acme):
    Organization.objects.update(plan="small")
    Day.objects.create(
        organization_id=acme.pk, day=NOW.date() - timedelta(days=401), rows=3, watermark=NOW
    )
    assert tending.tend(now=NOW) == 1
    assert Errand.objects.get().request["retention_days"] == 400


TIMES = st.lists(
    st.tuples(
        st.sampled_from(["v1", "v2"]), st.sampled_from(["", "s1", "s2"]),
        st.integers(-3 * 24 * 60, 3 * 24 * 60),
    ),
    min_size=1, max_size=20,
)  # fmt: skip


@pytest.mark.django_db
@settings(
    max_examples=2, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=TIMES)
def test_whatever_was_sent_the_rest_is_right(station, events):
    Errand.objects.all().delete()
    Organization.objects.update(retention_days=None)
    organization = Organization.objects.create(slug=f"o{Organization.objects.count()}-x")
    station.now = NOW
    keeping(organization)
    sent = [
        view(visitor_id=who, event_time=at(minutes=minute))
        | ({"session_id": session} if session else {})
        for who, session, minute in events
    ]
    send(organization, *sent)
    station.store()
    if tending.tend(now=station.now):
        station.done(Errand.objects.get())
    kept = sum(minute >= 0 for *_, minute in events)
    assert len(stored(station.clickhouse, organization)) == kept
    if kept:
        right(station, organization)
    owner = str(organization.pk)
    assert not removal.count(
        station.clickhouse, "session_rows", owner, f"start_date < toDate('{FIRST}')"
    )
