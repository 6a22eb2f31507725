"""What questions about sessions mean, and that sessions follow events that come late."""

from datetime import timedelta

import pytest

from tests.engine import rows as table
from tests.warehouse.asking import NOON, ask, rows, tell
from warehouse import days
from warehouse.days import DayCount
from warehouse.exceptions import SourceUnavailable

pytestmark = pytest.mark.django_db
FIGURES = ["sessions", "bounces", "engaged_sessions", "bounce_rate", "avg_session_duration"]


def at(minutes, **event):
    return {"event_time": NOON + timedelta(minutes=minutes)} | event


def test_a_gap_of_thirty_minutes_opens_a_session_and_a_late_event_joins_two(clickhouse):
    organization = tell(clickhouse, at(0), at(29), at(59), at(60, visitor_id="w"))
    assert rows(clickhouse, organization, metrics=["sessions"]) == [[3]]
    tell(clickhouse, at(40), organization=organization)
    assert rows(clickhouse, organization, metrics=["sessions"]) == [[2]]


def test_sessions_are_found_before_filters(clickhouse):
    organization = tell(
        clickhouse,
        at(0, source="x"),
        at(20, source="y", is_bot=1),
        at(40, source="x"),
        at(300, source="x", session_id="sent"),
        at(900, source="x", session_id="sent"),
    )
    only = [{"field": "source", "operator": "eq", "value": "x"}]
    assert rows(clickhouse, organization, metrics=["sessions"], filters=only) == [[2]]


def test_events_with_a_session_id_neither_join_nor_part_those_without(clickhouse):
    organization = tell(
        clickhouse, at(0), at(20, session_id="sent"), at(40), at(41, session_id="sent")
    )
    assert rows(clickhouse, organization, metrics=["sessions", "events"]) == [[3, 4]]


def test_a_session_counts_in_every_hour_it_touches(clickhouse):
    organization = tell(clickhouse, at(-10), at(10))
    found = rows(
        clickhouse,
        organization,
        metrics=["sessions"],
        granularity="hour",
        time_range={"start": "2024-05-15T11:00", "end": "2024-05-15T14:00"},
    )
    assert [row[1] for row in found] == [1, 1, 0]


@pytest.mark.parametrize("by", [[], ["landing_page"], ["source"]])
def test_every_figure_of_a_session_follows_late_events(clickhouse, by):
    organization = tell(
        clickhouse, at(0, path="/a", source="x"), at(5, source="x"), at(50, source="x", path="/c")
    )
    asked = {"metrics": [*FIGURES, "session_conversion_rate"], "dimensions": by}
    found = rows(clickhouse, organization, **asked)
    assert sorted(row[-6] for row in found) in ([2], [1, 1])
    tell(clickhouse, at(30, source="x", conversion_event="buy"), organization=organization)
    (row,) = rows(clickhouse, organization, **asked)
    assert row[-6:] == [1, 0, 1, 0, 3000, 1]
    tell(clickhouse, at(-20, path="/0", source="x"), organization=organization)
    (row,) = rows(clickhouse, organization, **asked)
    assert row[-6:] == [1, 0, 1, 0, 4200, 1]
    if by == ["landing_page"]:
        assert row[0] == "/0"


def test_a_session_is_the_same_from_whichever_table_it_is_told(clickhouse):
    organization = tell(
        clickhouse,
        at(0, path="/", source="x"),
        at(7, path="/a", session_duration=60),
        at(100, visitor_id="w", path="/b"),
    )
    alone = ask(clickhouse, organization, metrics=FIGURES)
    joined = ask(
        clickhouse,
        organization,
        metrics=FIGURES,
        filters=[{"field": "event_id", "operator": "is_null"}],
    )
    assert alone["meta"]["table"] == "sessions"
    assert joined["meta"]["table"] == "events + sessions"
    assert alone["rows"] == joined["rows"] == [[2, 1, 1, 0.5, 30]]


def test_events_are_told_by_the_pages_of_their_session(clickhouse):
    organization = tell(
        clickhouse,
        at(0, path="/", conversion_value=1),
        at(1, path="/a", conversion_value=2),
        at(100, path="/b", conversion_value=4),
    )
    found = rows(
        clickhouse,
        organization,
        dimensions=["landing_page", "exit_page"],
        metrics=["revenue", "events", "sessions"],
    )
    assert found == [["/b", "/b", 4, 1, 1], ["/", "/a", 3, 2, 1]]


def test_a_session_that_lasts_for_days_counts_in_each(clickhouse):
    day = 24 * 60
    organization = tell(
        clickhouse,
        at(0, session_id="s", path="/"),
        at(3 * day, session_id="s"),
        at(0, session_id="t"),
    )
    span = {"start": "2024-05-14", "end": "2024-05-19"}
    found = rows(clickhouse, organization, metrics=["sessions"], granularity="day", time_range=span)
    assert [row[1] for row in found] == [0, 2, 0, 0, 1, 0]
    late = {"time_range": {"start": "2024-05-18", "end": "2024-05-18"}}
    assert rows(clickhouse, organization, metrics=["sessions"], **late) == [[1]]
    assert rows(clickhouse, organization, dimensions=["landing_page"], **late) == [["/", 1]]


def test_days_that_are_rolled_up_anew_are_told_from_events_and_sessions_not_at_all(clickhouse):
    organization = tell(clickhouse, at(0), at(1))
    mark = {(organization, NOON.date()): DayCount(2, 100, NOON)}
    days.distrust(mark)
    found = ask(clickhouse, organization, metrics=["events", "visitors"])
    assert found["rows"] == [[2, 1]]
    assert found["meta"]["table"] == "events"
    for asked in ({"metrics": ["sessions"]}, {"dimensions": ["landing_page"]}):
        with pytest.raises(SourceUnavailable, match="counted anew"):
            ask(clickhouse, organization, **asked)
    days.trust(organization, [NOON.date()])
    found = ask(clickhouse, organization, metrics=["events", "sessions"])
    assert found["rows"] == [[2, 1]]
    assert found["meta"]["table"] == "acquisition_1d + sessions"


def test_an_event_is_not_told_by_an_earlier_session_before_its_own_is_there(clickhouse):
    organization = tell(clickhouse, at(0, path="/first"))
    late = [{"organization_id": organization, "visitor_id": "v"} | at(300, path="/second")]
    clickhouse.insert("analytics_events", table(late), token=organization)
    asked = {"dimensions": ["landing_page"], "metrics": ["events", "page_views"]}
    assert rows(clickhouse, organization, **asked) == [["/first", 1, 0], [None, 1, 0]]
    assert rows(clickhouse, organization, metrics=["sessions"], dimensions=["path"]) == [
        ["/first", 1]
    ]


def test_filters_see_ratios_as_they_are_shown_in_rows_and_in_series(clickhouse):
    events = [at(number * 40, source="x", page_views=int(number == 0)) for number in range(3)]
    organization = tell(clickhouse, *events)
    span = {"start": "2024-05-15", "end": "2024-05-15"}
    for by in ({"dimensions": ["source"]}, {"granularity": "day"}):
        for operator, value, kept in (("eq", 0.3333, 1), ("lte", 0.3333, 1), ("gt", 0.3333, 0)):
            leaf = {"field": "pages_per_session", "operator": operator, "value": value}
            asked = {"metrics": ["pages_per_session"], "filters": [leaf], "time_range": span}
            assert len(rows(clickhouse, organization, **by, **asked)) == kept
