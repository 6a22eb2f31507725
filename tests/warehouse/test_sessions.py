"""The table of sessions is always what plain Python counts from the events."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import engine
from tests.engine import store
from tests.warehouse.derived import expected, rows, standing
from warehouse.derived import sessions
from warehouse.sql.statement import Statement

NIGHT = datetime(2026, 3, 31, 23, 0, tzinfo=UTC)
NUMBERS = itertools.count()
QUICK = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def organization():
    return f"sessions-{next(NUMBERS)}"


def event(organization, minutes, **fields):
    """A view of one visitor, some minutes after eleven in the last night of March."""
    at = NIGHT + timedelta(minutes=minutes)
    common = {"organization_id": organization, "event_time": at, "visitor_id": "v"}
    return common | {"page_views": 1, "received_at": NIGHT} | fields


def figures(clickhouse, organization, *names):
    """Some columns of the organization's sessions, in the order of time."""
    found = sorted(standing(clickhouse, organization), key=lambda row: (row["start"], row["part"]))
    return [tuple(row[name] for name in names) for row in found]


def test_a_gap_of_thirty_minutes_begins_a_session(clickhouse, organization):
    store(clickhouse, [event(organization, at) for at in (0, 29.99, 59.99, 120)])
    assert figures(clickhouse, organization, "events") == [(2,), (1,), (1,)]


def test_a_late_event_joins_two_sessions(clickhouse, organization):
    store(clickhouse, [event(organization, at) for at in (0, 50)])
    store(clickhouse, [event(organization, 25)])
    assert figures(clickhouse, organization, "events", "duration_ms") == [(3, 50 * 60_000)]


def test_events_of_one_insert_bridge_sessions_far_apart(clickhouse, organization):
    store(clickhouse, [event(organization, at) for at in range(0, 300, 50)])
    store(clickhouse, [event(organization, at) for at in range(25, 275, 50)])
    assert figures(clickhouse, organization, "events") == [(11,)]


def test_a_sender_takes_up_its_session_weeks_later(clickhouse, organization):
    store(clickhouse, [event(organization, 0, session_id="s", path="/first")])
    later = 20 * 24 * 60
    store(clickhouse, [event(organization, later, session_id="s", visitor_id="w", path="/last")])
    assert figures(clickhouse, organization, "events", "is_long", "landing_page", "exit_page") == [
        (2, 1, "/first", "/last")
    ]
    store(clickhouse, [event(organization, later / 2, session_id="s")])
    assert figures(clickhouse, organization, "events", "finish") == [
        (3, round((NIGHT + timedelta(minutes=later)).timestamp() * 1000))
    ]


def test_a_visitor_without_an_id_may_go_on_for_days(clickhouse, organization):
    for start in (0, 1440, 2880):
        store(clickhouse, [event(organization, start + at) for at in range(0, 1440, 20)])
    assert figures(clickhouse, organization, "events", "is_long") == [(216, 1)]


def test_bots_have_a_part_of_their_own(clickhouse, organization):
    store(
        clickhouse,
        [
            event(organization, 0, path="/bot", source="crawler", is_bot=1),
            event(organization, 10, path="/a", source="mail"),
            event(organization, 20, path="/b", session_duration=7),
            event(organization, 300, is_bot=1),
            event(organization, 600),
        ],
    )
    shown = ("part", "events", "landing_page", "source", "duration_ms")
    assert figures(clickhouse, organization, *shown) == [
        (1, 2, "/a", "mail", 7000),
        (2, 3, "/bot", "crawler", 7000),
        (2, 1, "", "", 0),
        (0, 1, "", "", 0),
    ]


def test_at_one_instant_what_arrived_first_comes_first(clickhouse, organization):
    later = NIGHT + timedelta(seconds=1)
    store(clickhouse, [event(organization, 0, path="/second", received_at=later)])
    store(clickhouse, [event(organization, 0, path="/first")])
    assert figures(clickhouse, organization, "landing_page", "exit_page") == [("/first", "/second")]


def test_organizations_with_the_same_ids_do_not_mix(clickhouse, organization):
    other = f"{organization}-other"
    for at in (0, 10):
        store(
            clickhouse,
            [
                event(one, at + number, session_id=session)
                for number, one in enumerate((organization, other))
                for session in ("", "s")
            ],
        )
    for one in (organization, other):
        assert figures(clickhouse, one, "organization_id", "events") == [(one, 2), (one, 2)]
    names = rows(
        clickhouse,
        "SELECT DISTINCT organization_id AS name"
        " FROM trellis.sessions(organization_id = {organizations:Array(String)}[1])",
        organization,
    )
    assert names == [{"name": organization}]


def test_events_of_two_organizations_are_counted_together_and_once(clickhouse, organization):
    both = organization, f"{organization}-other"
    token = store(clickhouse, [event(one, 0) for one in both], counted=False)
    assert standing(clickhouse, *both) == []
    engine.count(clickhouse, organization)
    assert standing(clickhouse, *both) == expected(clickhouse, *both)
    assert token not in engine.UNCOUNTED


def test_a_replay_writes_nothing(clickhouse, organization):
    events = [event(organization, at, is_bot=int(at % 3 == 0)) for at in range(0, 500, 25)]
    store(clickhouse, events)
    before = _count(clickhouse, organization)
    sessions.follow(clickhouse, engine.rows(events))
    sessions.rebuild(clickhouse, organization, _days(events), rows=len(events))
    assert _count(clickhouse, organization) == before


def _count(clickhouse, organization):
    text = (
        "SELECT count() AS n FROM trellis.session_rows"
        " WHERE organization_id IN {organizations:Array(String)}"
    )
    return rows(clickhouse, text, organization)[0]["n"]


def _days(events):
    return sorted({one["event_time"].date() for one in events})


TIMES = st.one_of(
    st.sampled_from([0, 29.9999, 30, 30.0001, 59, 60, 61, 90, 119, 120]),
    st.integers(0, 8).map(lambda n: n * 15),
    st.integers(0, 12).map(lambda n: n * 1440 / 4 + n),
    st.integers(-1, 40).map(lambda n: n * 1440),
)
ONE = st.fixed_dictionaries(
    {
        "minutes": TIMES,
        "who": st.integers(0, 1),
        "visitor_id": st.sampled_from(["v", "w", ""]),
        "session_id": st.sampled_from(["", "", "s", "v"]),
        "is_bot": st.sampled_from([0, 0, 0, 1]),
        "path": st.sampled_from(["", "/a", "/b"]),
        "source": st.sampled_from(["", "mail", "web"]),
        "campaign_id": st.sampled_from(["", "c"]),
        "conversion_event": st.sampled_from(["", "", "sale"]),
        "conversion_value": st.sampled_from([Decimal(0), Decimal("0.0001"), Decimal("12.5")]),
        "session_duration": st.sampled_from([0, 0, 0, 5]),
        "received": st.integers(0, 1),
    }
)
EMPTY = NIGHT.date() - timedelta(days=2)
"""A day before all of these."""
BATCHES = st.lists(st.lists(ONE, min_size=1, max_size=6), min_size=1, max_size=6)


def _stored(one, names):
    fields = {name: one[name] for name in one if name not in ("minutes", "who", "received")}
    arrival = NIGHT + timedelta(seconds=one["received"])
    return event(names[one["who"]], one["minutes"], **fields, received_at=arrival)


@given(batches=BATCHES, again=st.lists(st.integers(0, 5), max_size=2), slices=st.integers(1, 3))
@QUICK
def test_any_batches_in_any_order_give_what_python_counts(embedded_engine, batches, again, slices):
    clickhouse = embedded_engine
    names = [f"any-{next(NUMBERS)}", f"any-{next(NUMBERS)}"]
    batches = [[_stored(one, names) for one in batch] for batch in batches]
    for batch in batches:
        store(clickhouse, batch)
        assert standing(clickhouse, *names) == expected(clickhouse, *names)
    for number in again:
        days = _days(batches[number % len(batches)])
        rebuilt = slices * sessions.SLICE_ROWS - 1
        sessions.rebuild(clickhouse, names[0], days, rows=rebuilt)
    assert standing(clickhouse, *names) == expected(clickhouse, *names)


@given(batches=BATCHES, order=st.randoms(use_true_random=False))
@QUICK
def test_events_from_before_are_rebuilt_day_by_day_in_any_order(embedded_engine, batches, order):
    clickhouse = embedded_engine
    names = [f"old-{next(NUMBERS)}", f"old-{next(NUMBERS)}"]
    events = [_stored(one, names) for batch in batches for one in batch]
    clickhouse.insert("analytics_events", engine.rows(events), token=names[0])
    assert standing(clickhouse, *names) == []
    held = {(one["organization_id"], one["event_time"].date()) for one in events}
    days = sorted(held | {(names[0], EMPTY)})
    order.shuffle(days)
    for name, day in days:
        sessions.rebuild(clickhouse, name, [day], rows=10)
    assert standing(clickhouse, *names) == expected(clickhouse, *names)


def test_merged_rows_are_the_sessions_themselves(clickhouse, organization):
    for at in (0, 20, 40, 100, 80, 60, 120):
        store(clickhouse, [event(organization, at, is_bot=int(at == 100))])
    clickhouse.command(Statement("OPTIMIZE TABLE trellis.session_rows FINAL"))
    assert standing(clickhouse, organization) == expected(clickhouse, organization)
    assert _count(clickhouse, organization) == 2
