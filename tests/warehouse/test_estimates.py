"""What a question will take, told from day and table statistics alone."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from reports.kinds import KINDS
from warehouse import estimates
from warehouse.estimates import GRANULE, Known, estimate, measure
from warehouse.language.parse import parse_query
from warehouse.models import Day, TableSize
from warehouse.planner.plan import plan
from warehouse.planner.studies import plan_study
from warehouse.sizes import Size
from warehouse.tenancy.principal import Tenant

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
FIRST = date(2024, 5, 1)
MAY = {FIRST + timedelta(days=n): Size(1000, 300_000) for n in range(31)}
TABLES = {
    "analytics_events": Size(1_000_000, 1),
    "rollup_acquisition_1d": Size(1_000, 1),
    "rollup_acquisition_15m": Size(10_000, 1),
    "session_rows": Size(250_000, 1),
}
KNOWN = Known(MAY, TABLES)
WEEK = {"time_range": {"start": "2024-05-13", "end": "2024-05-19"}}


def asked(organization="o", **body):
    return parse_query(WEEK | body, organization=organization, timezone="UTC", now=NOW)


def taken(known=KNOWN, **body):
    """Return what a question takes whose rollups are filled."""
    query = asked(**body)
    plans = [query, query.in_total()] if query.totals else [query]
    return measure([plan(one) for one in plans], known)


def test_events_are_read_by_whole_days():
    found = taken(dimensions=["url"])
    assert (found.rows, found.bytes, found.plan.table) == (7_000, 2_100_000, "events")
    hours = {"start": "2024-05-13T10:20", "end": "2024-05-14T01:00"}
    assert taken(dimensions=["url"], time_range=hours).rows == 2_000


def test_a_day_without_events_costs_nothing():
    nothing = taken(dimensions=["url"], time_range={"start": "2023-01-01", "end": "2023-12-31"})
    assert (nothing.rows, nothing.bytes) == (0, 0)
    assert nothing.seconds(1_000_000) > 0


def test_rollups_are_to_a_days_events_what_they_are_to_all():
    assert taken(dimensions=["source"]).rows == 7
    assert taken(dimensions=["source"], granularity="hour").rows == 70


def test_without_statistics_the_events_are_the_upper_bound_and_that_is_said():
    for tables in ({}, {"rollup_acquisition_1d": Size(5, 5)}, {"analytics_events": Size(0, 0)}):
        found = taken(Known(MAY, tables), dimensions=["source"])
        assert (found.rows, found.unknown) == (7_000, ("rollup_acquisition_1d",))
    assert taken().unknown == ()
    assert taken(dimensions=["url"]).unknown == ()


def test_a_table_larger_than_the_events_is_not_believed():
    tables = TABLES | {"rollup_acquisition_1d": Size(10**12, 1)}
    assert taken(Known(MAY, tables), dimensions=["source"]).rows == 7_000


def test_sessions_are_looked_for_from_the_day_before():
    assert taken(metrics=["sessions"]).rows == 8 * 250
    assert taken(metrics=["sessions"], dimensions=["source"]).rows == 7_000 + 8 * 250
    assert taken(metrics=["events"], dimensions=["landing_page"]).rows == 7_000 + 8 * 250


def test_every_branch_both_windows_and_the_totals_count():
    both = taken(metrics=["sessions", "events"])
    assert both.rows == 8 * 250 + 7
    compared = taken(metrics=["sessions", "events"], compare="previous_period")
    assert compared.rows == 2 * both.rows
    assert taken(dimensions=["source"], totals=True).rows == 14
    mixed = taken(metrics=["pages_per_session"], dimensions=["source"])
    assert mixed.rows == 7 + 7_000 + 8 * 250


def test_a_sample_reads_whole_stretches_of_each_day():
    days = {day: Size(1_000_000, 300_000_000) for day in MAY}
    found = taken(Known(days, TABLES), dimensions=["url"], sample=0.1)
    assert 7 * 100_000 <= found.rows <= 7 * (100_000 + 2 * GRANULE)
    assert found.bytes == found.rows * 300
    assert found.exact == {"error": None, "sampled": 0.1}
    assert taken(dimensions=["url"], sample=0.1).rows == 7_000  # all lie in one stretch


def test_how_exact_it_will_be():
    assert taken(metrics=["events"], dimensions=["source"]).exact is True
    rough = taken(metrics=["visitors"], dimensions=["source"])
    assert rough.exact == {"error": 0.003, "sampled": None}
    assert taken(metrics=["visitors"], dimensions=["source"], exact=True).exact is True


@pytest.mark.parametrize("pace", [-5, 0, 0.001, 1e-300, 1, 1e9, 1e300])
def test_seconds_are_never_nonsense(pace):
    for found in (taken(dimensions=["url"]), taken(Known({}, {}))):
        assert 0 < found.seconds(pace) <= 7_000


@pytest.mark.django_db
def test_it_is_told_from_the_rows_of_the_organization_alone():
    mine, other = uuid.uuid4(), uuid.uuid4()
    for owner, rows in ((mine, 10), (other, 1_000_000)):
        for day in (FIRST, date(2024, 5, 15), date(2024, 5, 19), date(2024, 5, 20)):
            Day.objects.create(
                organization_id=owner, day=day, rows=rows, bytes=7 * rows, watermark=NOW
            )
    TableSize.objects.create(name="analytics_events", rows=10, bytes=1, at=NOW)
    found = estimates.of(asked(str(mine), dimensions=["url"]))
    assert (found.rows, found.bytes) == (20, 140)
    assert estimates.of(asked(str(uuid.uuid4()))).rows == 0
    query = asked(str(mine), dimensions=["url"], compare="previous_year")
    assert estimate(query, estimates.known(query)).rows == 20


@pytest.mark.parametrize(
    ("kind", "body", "events"),
    [
        # What a conversion looks back on, and once more the window: whose histories matter.
        ("attribution", {}, 14_000 + 7_000),
        ("journeys", {}, 14_000 + 7_000),
        ("attribution", {"click_id": "c"}, 14_000 + 14_000),
        ("journeys", {"after": "view"}, 7_000),
    ],
)
def test_studies_read_the_starts_of_sessions_and_whose_histories_matter(kind, body, events):
    back = {} if "after" in body else {"lookback": {"value": 7, "unit": "days"}}
    tenant = Tenant(id="o", slug="acme", timezone="UTC")
    query = KINDS[kind].parse(WEEK | back | body, tenant=tenant, now=NOW, max_limit=1000)
    found = measure([plan_study(query)], KNOWN)
    sessions = 0 if "after" in body else 15 * 1000 // 4
    assert found.rows == events + sessions
    assert found.plan.table == ("events + sessions" if sessions else "events")
