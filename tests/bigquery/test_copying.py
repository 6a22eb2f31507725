"""Days that are over are in BigQuery as they are in the event store, whatever happens between."""

import uuid
from datetime import date, timedelta
from typing import ClassVar

import pytest

from tests.discovery.builders import came, done, draft
from tests.enrichment.senders import send, view
from warehouse.copying import claims, rounds
from warehouse.copying.models import CopiedDay, Copy
from warehouse.copying.rounds import Copier
from warehouse.models import Day
from warehouse.sql import bigquery
from warehouse.sql.statement import Statement

ALL = "SELECT event_id, visitor_id, conversion_value FROM copies.analytics_events"
MARCH_1 = "2026-03-01T10:00:00Z"


def there(service, organization):
    """What BigQuery holds of an organization: (event, visitor, value), sorted."""
    return sorted(service.rows(f"{ALL} WHERE organization_id = '{organization.pk}'"))


def here(station, organization):
    """The same of the event store, for days that are over."""
    owner = str(organization.pk)
    statement = Statement(
        "SELECT event_id, visitor_id, conversion_value FROM trellis.analytics_events"
        " WHERE organization_id = {id:String} AND event_date < {today:Date}",
        {"id": owner, "today": station.now.date()},
        (owner,),
    )
    found = station.clickhouse.run(statement, tag="test", first=True).rows
    return sorted(tuple(row) for row in found)


def test_days_that_are_over_are_copied_with_every_column(station, service, acme):
    send(
        acme,
        view(event_id="a", event_time=MARCH_1, properties={"plan": "é\"x"}, url="https://é.example/"),
        view(event_id="b", event_time="2026-03-02T10:00:00Z", event_name="purchase",
             conversion_value=12.34),
        view(event_id="today", event_time="2026-03-10T10:00:00Z"),
    )  # fmt: skip
    station.store()
    station.copy()
    assert [row[0] for row in there(service, acme)] == ["a", "b"]
    assert there(service, acme) == here(station, acme)
    columns = "properties, page_views, event_date, fraud_flags, is_bot"
    row = f"SELECT {columns} FROM copies.analytics_events WHERE event_id = 'a'"
    assert service.rows(row) == [('{"plan":"é\\"x"}', 1, date(2026, 3, 1), [], 0)]
    assert service.rows("SELECT SUM(events), SUM(revenue) FROM copies.campaign_performance")
    copied = CopiedDay.objects.get(day="2026-03-01")
    assert copied.rows == 1
    assert copied.revision == Day.objects.get(day="2026-03-01").revision
    assert not station.copier.bigquery.tables("staging")


def test_a_day_is_copied_once_and_again_when_it_changes(station, service, acme):
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    station.copy()
    ran = len(service.ran)
    station.copy()
    assert len(service.ran) == ran
    send(acme, view(event_id="late", event_time=MARCH_1))
    station.store()
    station.copy()
    assert [row[0] for row in there(service, acme)] == ["a", "late"]


def test_a_copy_touches_no_other_organization(station, service, acme, globex):
    for one in (acme, globex):
        send(one, view(event_id=f"of-{one.slug}", event_time=MARCH_1))
    station.store()
    station.copy()
    before = there(service, globex)
    send(acme, view(event_id="late", event_time=MARCH_1))
    station.store()
    station.copy()
    assert len(there(service, acme)) == 2
    assert there(service, globex) == before == here(station, globex)


def test_who_was_passed_by_publishes_nothing(station, service, acme, source):
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    late = claims.claim(station.copier.place, owner=station.copier.owner, now=station.now)
    assert late is not None
    owner, day = str(acme.pk), date(2026, 3, 1)
    station.copier.ready().run(bigquery.raise_fence(owner, late.fence))
    service.base.execute("CREATE TABLE copies.late AS FROM copies.analytics_events LIMIT 0")
    service.base.execute(
        "INSERT INTO copies.late (organization_id, event_date, event_time, event_id)"
        f" VALUES ('{owner}', '2026-03-01', now(), 'old')"
    )
    station.now += claims.LEASE + timedelta(seconds=1)
    station.copy()
    columns = ["organization_id", "event_date", "event_time", "event_id"]
    source.run(bigquery.publish(owner, day, late.fence, "late", columns))
    assert [row[0] for row in there(service, acme)] == ["a"]
    with pytest.raises(claims.LostCopy):
        claims.renew(late, now=station.now)


class Watched(Copier):
    """Notes whether it said that it was idle while it was at work."""

    said: ClassVar[list[bool]] = []

    def work_once(self):
        self.said.append(self.idle)
        return super().work_once()


def test_a_worker_is_not_idle_while_it_copies(station, source, acme):
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    copier = Watched(station.clickhouse, source, uuid.uuid4(), station.clock)
    assert copier.idle
    copier.work()
    assert Watched.said == [False, False]
    assert copier.idle


def test_a_worker_that_found_nothing_rests_before_it_looks_again(station, service, acme):
    station.copier.work()
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    station.copier.work()
    assert not CopiedDay.objects.exists()
    station.now += rounds.PAUSE
    station.copier.work()
    assert there(service, acme) == here(station, acme)


def test_a_worker_that_died_half_way_is_followed_by_another(station, service, acme):
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    station.copier.ready()
    claims.claim(station.copier.place, owner=station.copier.owner, now=station.now)
    station.copy()
    assert there(service, acme) == []  # its lease holds still
    station.now += claims.LEASE
    station.copy()
    assert there(service, acme) == here(station, acme)


def test_trouble_is_written_down_and_passes(station, service, acme):
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    service.failing = 1_000
    station.copy()
    copy = Copy.objects.get(organization_id=acme.pk)
    assert (copy.failures, copy.owner) == (1, None)
    assert copy.error.startswith("BigQuery: ")
    service.failing = 0
    station.copy()
    assert not service.ran  # it rests
    station.now += timedelta(seconds=5)
    station.copy()
    copy.refresh_from_db()
    assert (copy.failures, copy.error) == (0, "")
    assert len(there(service, acme)) == 1


def test_what_is_not_the_same_there_is_no_copy(station, service, acme):
    send(acme, view(event_id="a", event_time=MARCH_1))
    station.store()
    station.copier.ready()
    service.spoil = True
    station.copy()
    copy = Copy.objects.get(organization_id=acme.pk)
    assert copy.error == "BigQuery: the copy of 2026-03-01 does not agree with the event store."
    assert CopiedDay.objects.get().revision == -1


def test_a_campaign_that_reaches_back_is_copied_too(station, service, acme):
    send(acme, came(0, event_id="a"), came(1, event_id="b", source="direct"))
    station.store()
    station.copy()
    campaign = draft(acme)
    given = "SELECT event_id, campaign_id FROM copies.analytics_events ORDER BY event_id"
    for deed, name in (("apply", "spring-sale"), ("undo", "")):
        done(station, campaign, deed)
        station.copy()
        assert [(one, value or "") for one, value in service.rows(given)] == [
            ("a", name),
            ("b", ""),
        ]
