"""Every rollup holds what the events add up to, figure by figure."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import engine
from tests.engine import store
from tests.warehouse.derived import rolled_up, rows, summed_up
from tests.warehouse.proxy import Proxy, lose_answer
from warehouse.derived import rollups
from warehouse.planner.rollups import ROLLUPS
from warehouse.schema.rollups import statements
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.statement import Statement

NIGHT = datetime(2026, 3, 31, 23, 50, tzinfo=UTC)
DAYS = [NIGHT.date(), NIGHT.date() + timedelta(days=1)]
NUMBERS = itertools.count()
EVENT = st.fixed_dictionaries(
    {
        "event_time": st.integers(0, 40).map(lambda n: NIGHT + timedelta(minutes=n)),
        "organization_id": st.integers(0, 1),
        "visitor_id": st.sampled_from(["", "v", "w"]),
        "click_id": st.sampled_from(["", "", "x", "y"]),
        "event_name": st.sampled_from(["view", "click"]),
        "conversion_event": st.sampled_from(["", "", "sale"]),
        "conversion_value": st.sampled_from([Decimal(0), Decimal("-0.0001"), Decimal("12.5")]),
        "page_views": st.integers(0, 3),
        "is_bot": st.sampled_from([0, 0, 1]),
        "fraud_score": st.sampled_from([0.0, 79.99, 80.0, 33.33333]),
        "quality_score": st.sampled_from([0.0, 100.0, 0.1]),
        "source": st.sampled_from(["", "mail"]),
        "country": st.sampled_from(["", "DE"]),
        "path": st.sampled_from(["", "/a"]),
    }
)
QUICK = settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def named(events, names):
    """The events with the organizations' names."""
    return [event | {"organization_id": names[event["organization_id"]]} for event in events]


@given(batches=st.lists(st.lists(EVENT, min_size=1, max_size=8), min_size=1, max_size=4))
@QUICK
def test_inserts_and_refills_keep_every_figure_right(embedded_engine, batches):
    clickhouse = embedded_engine
    names = [f"rollup-{next(NUMBERS)}", f"rollup-{next(NUMBERS)}"]
    for batch in batches:
        store(clickhouse, named(batch, names), counted=False)
    assert rolled_up(clickhouse, *names) == summed_up(clickhouse, *names)
    rollups.refill(clickhouse, names[0], DAYS)
    assert rolled_up(clickhouse, *names) == summed_up(clickhouse, *names)


@pytest.fixture
def organization():
    return f"rollup-{next(NUMBERS)}"


def some(organization, count=3):
    return [
        {
            "organization_id": organization,
            "event_time": NIGHT + timedelta(minutes=5 * number),
            "visitor_id": f"v{number}",
            "page_views": 1,
            "conversion_value": Decimal("1.5"),
            "fraud_score": 90.0,
        }
        for number in range(count)
    ]


def test_events_missing_in_rollups_are_filled_in(clickhouse, organization):
    store(clickhouse, some(organization), counted=False)
    for rollup in ROLLUPS:
        clickhouse.command(Statement(f"DROP TABLE trellis.rollup_{rollup.name}_feed"))
    try:
        clickhouse.insert("analytics_events", engine.rows(some(organization, 5)), token="unfed")
    finally:
        for statement in statements():
            clickhouse.command(statement)
    assert rolled_up(clickhouse, organization) != summed_up(clickhouse, organization)
    rollups.refill(clickhouse, organization, DAYS)
    assert rolled_up(clickhouse, organization) == summed_up(clickhouse, organization)


def test_a_repeated_token_feeds_nothing_twice(clickhouse, organization):
    events = engine.rows(some(organization, 8))
    for _ in range(3):
        clickhouse.insert("analytics_events", events, token=organization)
    found = rolled_up(clickhouse, organization)
    assert found == summed_up(clickhouse, organization)
    assert {sum(row["f_events"] for row in rows) for rows in found.values()} == {8}
    clickhouse.insert("analytics_events", events, token=f"{organization}-more")
    assert rolled_up(clickhouse, organization) == summed_up(clickhouse, organization)


def test_an_insert_whose_answer_was_lost_feeds_nothing_twice(
    http_engine, clickhouse_server, organization
):
    proxy = Proxy(clickhouse_server.port, word=b"insert_deduplication_token")
    retrying = ClickHouse.open(proxy.url)
    proxy.faults += [lose_answer, lose_answer]
    events = engine.rows(some(organization))
    retrying.insert("analytics_events", events, token=f"{organization}-lost")
    retrying.close()
    proxy.close()
    assert proxy.seen == 3
    assert rolled_up(http_engine, organization) == summed_up(http_engine, organization)


def test_events_counted_twice_are_taken_back_as_often_as_it_happens(clickhouse, organization):
    store(clickhouse, some(organization), counted=False)
    for _ in range(3):
        for rollup in ROLLUPS:
            table = f"trellis.rollup_{rollup.name}"
            clickhouse.command(
                Statement(
                    f"INSERT INTO {table} SETTINGS insert_deduplicate = 0 SELECT * FROM {table}"
                    " WHERE organization_id = {name:String}",
                    {"name": organization},
                )
            )
        assert rolled_up(clickhouse, organization) != summed_up(clickhouse, organization)
        rollups.refill(clickhouse, organization, DAYS)
        assert rolled_up(clickhouse, organization) == summed_up(clickhouse, organization)


def test_a_view_shows_one_organization(clickhouse, organization):
    store(clickhouse, [*some(organization), *some(f"{organization}-other")], counted=False)
    for rollup in ROLLUPS:
        text = (
            f"SELECT DISTINCT organization_id AS name FROM trellis.{rollup.name}"
            "(organization_id = {organizations:Array(String)}[1])"
        )
        assert rows(clickhouse, text, organization) == [{"name": organization}]
