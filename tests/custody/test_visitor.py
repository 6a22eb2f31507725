"""A visitor that is erased is nowhere any more, and everything counted is what the rest says."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from discovery.models import Campaign, Pattern
from enrichment import columns
from enrichment.models import Batch, Lane
from reports.models import Report, Schedule
from tests.discovery.planted import RULE, discovered, pattern
from tests.enrichment.senders import NOW, send, stored, view
from tests.reports.builders import submit
from tests.reports.schedules.builders import planted
from tests.warehouse.derived import expected, rolled_up, standing, summed_up
from warehouse import days
from warehouse.custody import orders, receipts
from warehouse.custody.models import Errand
from warehouse.derived import removal
from warehouse.gateway.models import IdempotencyRecord
from warehouse.language.query import Window
from warehouse.models import Day
from warehouse.planner.rollups import ROLLUPS
from warehouse.sql import erasing
from warehouse.sql.statement import Statement
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

ACTOR = Actor("user:1", "alice")
TREATED = {
    "analytics_events": "removed",
    "event_ids": "removed",
    "session_rows": "removed",
    "session_spans": "removed",
    "session_ranges": "removed",
    **{f"rollup_{one.name}": "counted anew" for one in ROLLUPS},
}
"""What an erasure does about each table that holds something of visitors."""
MARCH = Window(NOW.replace(day=1, hour=0), NOW.replace(day=31, hour=0))


def ask(organization, visitor_id="v1"):
    return orders.erase_visitor(organization, visitor_id, actor=ACTOR, now=NOW)


def removed(errand):
    """What the receipt says was removed, by place."""
    return {place["place"]: place["removed"] for place in errand.receipt["places"]}


def right(station, *organizations):
    """Check that sessions, rollups and day rows hold what the events say."""
    names = [one.pk for one in organizations]
    assert standing(station.clickhouse, *names) == expected(station.clickhouse, *names)
    assert rolled_up(station.clickhouse, *names) == summed_up(station.clickhouse, *names)
    for organization in organizations:
        assert days.rolled_up(str(organization.pk))
        for row in Day.objects.filter(organization_id=organization.pk):
            here = {"days": [row.day]}
            found = removal.count(
                station.clickhouse, "analytics_events", str(row.organization_id),
                erasing.ON_DAYS, **here,
            )  # fmt: skip
            assert row.rows == found


def physical(station, organization, visitor_id="v1"):
    """How many rows of any table tell of the visitor's own track, merged or not."""
    track = f"cityHash64('{visitor_id}')"
    owner = str(organization.pk)
    return sum(
        removal.count(station.clickhouse, table, owner, f"{column} = {track}")
        for table, column in (
            ("analytics_events", "visitor_hash"),
            ("session_rows", "track"),
            ("session_spans", "track"),
            ("session_ranges", "track"),
        )
    )


def mixed():
    """Events of two visitors, who share a session of their sender's and a day."""
    return [
        view(event_id="a", event_time="2026-03-01T00:00:00Z", url="https://x.example/mine"),
        view(event_time="2026-03-01T00:10:00Z", session_id="shared"),
        view(visitor_id="v2", event_time="2026-03-01T00:20:00Z", session_id="shared"),
        view(visitor_id="v2", event_id="b", event_time="2026-03-01T05:00:00Z"),
        view(event_time="2026-03-02T00:00:00Z", session_id="own"),
        view(visitor_id="v2", event_time="2026-03-03T00:00:00Z"),
        view(event_time="2026-02-02T23:59:00Z", event_name="purchase", conversion_value=5),
    ]


def test_a_visitor_is_gone_and_the_rest_is_counted_anew(each_station, acme, globex):
    station = each_station
    for organization in (acme, globex):
        send(organization, *mixed())
    station.store()
    window = days.version(str(acme.pk), MARCH)
    errand = station.done(ask(acme))
    assert stored(station.clickhouse, acme, "visitor_id") == ["v2"] * 3
    assert physical(station, acme) == 0
    assert stored(station.clickhouse, globex, "visitor_id").count("v1") == 4
    right(station, acme, globex)
    assert days.version(str(acme.pk), MARCH) > window
    assert removed(errand)["clickhouse.analytics_events"] == 4
    assert removed(errand)["clickhouse.event_ids"] == 1
    assert errand.receipt["left"] == 0
    assert errand.receipt["days_recounted"] == ["2026-02-02", "2026-03-01", "2026-03-02"]
    assert receipts.digest(errand.receipt) == errand.receipt_sha256


def test_uniques_forget_the_visitor(station, acme):
    send(acme, *mixed())
    station.store()
    station.done(ask(acme))
    text = (
        "SELECT uniqCombined64Merge(17)(visitors) FROM trellis.rollup_audience_1d"
        " WHERE organization_id = {id:String}"
    )
    answer = station.clickhouse.run(
        Statement(text, {"id": str(acme.pk)}, (str(acme.pk),)), tag="test"
    )
    assert answer.rows == [(1,)]


def test_events_that_wait_are_dropped_and_the_others_of_their_batch_stored(station, acme):
    send(acme, view(event_id="a"), view(event_id="b", visitor_id="v2"))
    send(acme, view(event_id="c"))
    agent = {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0", "event_time": "2026-03-10T00:00:00Z"}
    send(acme, {"event_name": "view", "event_id": "d", **agent})
    Batch.objects.update(received_at=NOW)
    errand = station.done(ask(acme))
    assert removed(errand)["database.waiting_events"] == 2
    assert sorted(stored(station.clickhouse, acme)) == ["b", "d"]
    [unnamed] = [name for name in stored(station.clickhouse, acme, "visitor_id") if name != "v2"]
    send(acme, {"event_name": "view", "event_id": "e", **agent})
    errand = station.done(ask(acme, unnamed))
    assert removed(errand)["database.waiting_events"] == 1
    assert stored(station.clickhouse, acme) == ["b"]


def test_events_that_could_not_be_stored_are_looked_through_as_well(station, acme):
    send(acme, view(event_id="a"), view(event_id="b", visitor_id="v2"))
    Batch.objects.update(state="rejected")
    station.done(ask(acme))
    batch = Batch.objects.get()
    assert (batch.state, batch.events) == ("rejected", 1)
    assert columns.unpack(bytes(batch.payload)).get("visitor_id") == ["v2"]


def test_results_over_its_days_expire_and_questions_about_it_go(station, acme):
    send(acme, *mixed(), view(visitor_id="v2", event_time="2025-01-05T00:00:00Z"))
    station.store()
    hit = submit(acme, asked=asked("2026-03-01", "2026-03-02"), now=NOW)
    missed = submit(acme, asked=asked("2025-01-01", "2025-01-10"), now=NOW)
    about = [{"field": "visitor_id", "operator": "eq", "value": "v1"}]
    named = submit(acme, asked=asked("2025-01-01", "2025-01-10", filters=about), now=NOW)
    for _ in range(3):
        station.answer()
    planted(acme, name="goes", created_at=NOW, request={"metrics": ["events"], "filters": about})
    planted(acme, name="stays", created_at=NOW)
    discovered(acme, "goes", filters=about, now=NOW)
    discovered(acme, "v1", campaign_id="called", now=NOW)
    discovered(acme, "called", campaign_id="v1", now=NOW)
    discovered(acme, "stays", now=NOW)
    pattern(acme, now=NOW, filters=[{"or": [*about, *RULE]}])
    station.done(ask(acme))
    assert list(Campaign.objects.values_list("name", flat=True)) == ["stays"]
    assert list(Schedule.objects.values_list("name", flat=True)) == ["stays"]
    left = set(Pattern.objects.values_list("suggested_name", flat=True))
    assert left == {"goes", "stays", "called"}
    statuses = dict(Report.objects.values_list("pk", "status"))
    assert statuses == {hit.pk: "expired", missed.pk: "succeeded"}
    assert named.pk not in statuses


def asked(start, end, **more):
    return {"metrics": ["events"], "time_range": {"start": start, "end": end}} | more


def test_a_job_that_may_have_read_it_is_waited_for(station, acme):
    send(acme, *mixed())
    station.store()
    report = submit(acme, asked=asked("2026-03-01", "2026-03-02"), now=NOW)
    report.job.state, report.job.started_at = "running", NOW
    report.job.save()
    errand = ask(acme)
    for _ in range(4):
        station.now += timedelta(seconds=5)
        station.runner().work_once()
        station.store()
    errand.refresh_from_db()
    assert (errand.state, errand.stage) == ("queued", "counting anew")
    assert stored(station.clickhouse, acme, "visitor_id") == ["v2"] * 3
    report.job.state = "failed"
    report.job.save()
    station.done(errand)


def test_first_answers_that_name_it_are_forgotten(station, acme):
    for key, body in (("a", b'{"rows":[["v1",1]]}'), ("b", b'{"rows":[["v2",1]]}')):
        IdempotencyRecord.objects.create(
            organization_id=acme.pk, route="/x", key=key, body_digest="", body=body, created_at=NOW
        )
    station.done(ask(acme))
    assert [one.key for one in IdempotencyRecord.objects.all()] == ["b"]


def test_nothing_is_stored_meanwhile_and_everything_afterwards(station, acme):
    send(acme, *mixed())
    station.store()
    errand = ask(acme)
    works = station.works()
    seen: list[bool] = []

    def busy(task):
        """The intake of another worker tries to store in the middle of it."""
        save = type(task).save

        def saving(self, stage, fraction, **more):
            save(self, stage, fraction, **more)
            if stage == "rollups" and not seen:
                send(acme, view(visitor_id="v3", event_id="late"))
                station.store()
                seen.append("late" in stored(station.clickhouse, acme))

        patched = type("Busy", (type(task),), {"__slots__": (), "save": saving})
        works["visitor"](patched(task.errand, task.alive, task.clock))

    station.done(errand, {**works, "visitor": busy})
    assert seen == [False]
    assert "late" in stored(station.clickhouse, acme)
    right(station, acme)


def test_a_seal_ends_with_its_errand(station, acme):
    send(acme, view())
    errand = ask(acme)
    Lane.objects.update(sealed_for=errand.pk)
    station.store()
    assert stored(station.clickhouse, acme) == []
    Errand.objects.update(state="failed")
    station.store()
    assert stored(station.clickhouse, acme) == [""]


def test_every_table_with_an_organization_is_treated(embedded_engine):
    assert set(removal.tables(embedded_engine)) == set(TREATED)


MINUTES = st.integers(0, 5 * 24 * 60)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["v1", "v2", "v3"]), st.sampled_from(["", "s1", "s2"]), MINUTES,
        st.booleans(),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


@pytest.mark.django_db
@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS)
def test_whatever_was_sent_the_rest_is_right(station, events):
    organization = Organization.objects.create(slug=f"o{Organization.objects.count()}-x")
    sent = [
        view(
            visitor_id=who,
            event_time=(NOW - timedelta(days=6) + timedelta(minutes=at)).isoformat(),
            event_name="purchase" if bought else "view",
            **({"session_id": session} if session else {}),
            **({"conversion_value": 2} if bought else {}),
        )
        for who, session, at, bought in events
    ]
    send(organization, *sent, at=station.now)
    station.store()
    errand = station.done(ask(organization))
    assert "v1" not in stored(station.clickhouse, organization, "visitor_id")
    assert physical(station, organization) == 0
    mine = sum(who == "v1" for who, *_ in events)
    assert removed(errand)["clickhouse.analytics_events"] == mine
    right(station, organization)
