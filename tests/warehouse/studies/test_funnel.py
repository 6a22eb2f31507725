"""Funnels on the real engine: every sentence of their definition, by hand-made histories."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.asking import NOON, tell
from tests.warehouse.studies.asking import ask, table

pytestmark = pytest.mark.django_db

STEPS = [{"event": "view"}, {"event": "click"}, {"event": "purchase"}]
TWO = [{"event": "view"}, {"event": "click"}]
REPEATED = [{"event": "view"}, {"event": "view"}]
DAY = 24 * 60


def happen(name, minutes=0.0, visitor="v", **more):
    """Return an event so many minutes after noon of 15 May."""
    when = NOON + timedelta(minutes=minutes)
    return {"event_name": name, "event_time": when, "visitor_id": visitor, **more}


def counts(clickhouse, *events, **body):
    """Return how many reach each step."""
    answer = ask(clickhouse, "funnel", tell(clickhouse, *events), **body)
    return [row["count"] for row in table(answer)]


def numbers(answer):
    return [
        [float(one) if isinstance(one, Decimal) else one for one in row] for row in answer["rows"]
    ]


def test_visitors_are_counted_as_far_as_they_get(clickhouse):
    organization = tell(
        clickhouse,
        happen("view"), happen("click", 1), happen("purchase", 3),
        happen("view", visitor="w"), happen("click", 2, visitor="w"),
        happen("click", visitor="x"), happen("purchase", 1, visitor="x"),
        happen("view", visitor="y"),
        happen("view", visitor="robot", is_bot=1),
    )  # fmt: skip
    answer = ask(clickhouse, "funnel", organization, steps=STEPS)
    assert numbers(answer) == [
        [1, "view", 3, 1.0, 1.0, 0, 0, None, None],
        [2, "click", 2, 0.6667, 0.6667, 1, 0, 90.0, 90.0],
        [3, "purchase", 1, 0.3333, 0.5, 1, 0, 120.0, 120.0],
    ]
    assert answer["meta"]["counts"] == {
        "visitors": 4, "events": 8, "excluded_bot_events": 1, "entered": 3,
    }  # fmt: skip
    assert "step 1, view" in answer["meta"]["definition"]


def test_nobody_leaves_rows_of_nothing(clickhouse):
    answer = ask(clickhouse, "funnel", tell(clickhouse, happen("scroll")), steps=TWO)
    assert answer["rows"] == [
        [1, "view", 0, None, 1, 0, 0, None, None],
        [2, "click", 0, None, None, 0, 0, None, None],
    ]


@pytest.mark.parametrize(("seconds", "reached"), [(60, 1), (61, 0)])
def test_the_window_runs_from_the_first_step_and_its_edge_is_inside(clickhouse, seconds, reached):
    events = happen("view"), happen("click", 0.5), happen("purchase", seconds / 60)
    found = counts(clickhouse, *events, steps=STEPS, window={"value": 1, "unit": "minute"})
    assert found == [1, 1, reached]


def test_a_repeated_step_needs_another_row(clickhouse):
    assert counts(clickhouse, happen("view"), steps=REPEATED) == [1, 0]
    assert counts(clickhouse, happen("view"), happen("view", 1), steps=REPEATED) == [1, 1]
    assert counts(clickhouse, happen("view"), happen("view"), steps=REPEATED) == [1, 1]


def test_rows_of_one_instant_serve_in_either_order(clickhouse):
    late, early = NOON + timedelta(days=1), NOON
    events = happen("click", received_at=early), happen("view", received_at=late)
    assert counts(clickhouse, *events, steps=TWO) == [1, 1]


def test_a_later_start_counts_where_the_first_one_runs_out_of_time(clickhouse):
    events = (
        happen("view"), happen("view", 50), happen("click", 70), happen("purchase", 105),
    )  # fmt: skip
    organization = tell(clickhouse, *events)
    answer = ask(
        clickhouse, "funnel", organization, steps=STEPS, window={"value": 1, "unit": "hour"}
    )
    assert [row["count"] for row in table(answer)] == [1, 1, 1]
    assert [row["average_seconds"] for row in table(answer)] == [None, 1200, 2100]


def test_any_event_and_own_filters(clickhouse):
    paid = [{"field": "source", "operator": "eq", "value": "ads"}]
    steps = [{"event": "view", "filters": paid, "label": "from an ad"}, None]
    events = (
        happen("view", source="ads"), happen("scroll", 1),
        happen("view", visitor="w"), happen("scroll", 1, visitor="w"),
    )  # fmt: skip
    answer = ask(clickhouse, "funnel", tell(clickhouse, *events), steps=steps)
    assert [(row["label"], row["count"]) for row in table(answer)] == [
        ("from an ad", 1), ("any event", 1),
    ]  # fmt: skip


def test_strict_wants_the_very_next_event(clickhouse):
    between = happen("view"), happen("scroll", 1), happen("click", 2)
    assert counts(clickhouse, *between, steps=TWO, order="strict") == [1, 0]
    again = *between, happen("view", 3), happen("click", 4)
    assert counts(clickhouse, *again, steps=TWO, order="strict") == [1, 1]


def test_strict_looks_at_rows_after_filters(clickhouse):
    events = (
        happen("view", source="ads"), happen("scroll", 1), happen("click", 2, source="ads"),
    )  # fmt: skip
    filters = [{"field": "source", "operator": "eq", "value": "ads"}]
    assert counts(clickhouse, *events, steps=TWO, order="strict", filters=filters) == [1, 1]


def test_steps_in_any_order(clickhouse):
    events = happen("purchase"), happen("view", 1), happen("view", 2)
    assert counts(clickhouse, *events, steps=STEPS, order="any") == [1, 1, 0]


def test_an_exclusion_spoils_a_run_between_its_steps(clickhouse):
    exclusions = [{"event": "logout", "from_step": 1, "to_step": 2}]
    spoiled = happen("view"), happen("logout", 1), happen("click", 2)
    assert counts(clickhouse, *spoiled, steps=TWO, exclusions=exclusions) == [0, 0]
    after = happen("view"), happen("click", 1), happen("logout", 2)
    assert counts(clickhouse, *after, steps=TWO, exclusions=exclusions) == [1, 1]
    another = *spoiled, happen("view", 3), happen("click", 4)
    assert counts(clickhouse, *another, steps=TWO, exclusions=exclusions) == [1, 1]


@pytest.mark.parametrize(("minutes", "entered"), [(60, 0), (61, 1)])
def test_an_exclusion_spoils_until_time_runs_out(clickhouse, minutes, entered):
    events = happen("view"), happen("logout", minutes)
    exclusions = [{"event": "logout"}]
    window = {"value": 1, "unit": "hour"}
    found = counts(clickhouse, *events, steps=TWO, exclusions=exclusions, window=window)
    assert found == [entered, 0]


def test_an_excluded_event_at_the_moment_of_a_step_spoils_nothing(clickhouse):
    events = happen("view"), happen("logout"), happen("logout", 5), happen("click", 5)
    exclusions = [{"event": "logout", "from_step": 1, "to_step": 2}]
    assert counts(clickhouse, *events, steps=TWO, exclusions=exclusions) == [1, 1]


def test_rows_after_the_range_count_only_where_that_is_asked_for(clickhouse):
    events = happen("view"), happen("click", DAY), happen("view", DAY, visitor="w")
    range_ = {"start": "2024-05-15", "end": "2024-05-15"}
    assert counts(clickhouse, *events, steps=TWO, time_range=range_) == [1, 0]
    later = counts(clickhouse, *events, steps=TWO, time_range=range_, conversion_after_range=True)
    assert later == [1, 1]


def test_who_still_has_time_is_open_and_not_dropped(clickhouse):
    now = NOON + timedelta(hours=2)
    organization = tell(
        clickhouse,
        happen("view", -3 * 60), happen("view", visitor="w"),
        happen("view", visitor="x"), happen("click", 60, visitor="x"),
    )  # fmt: skip
    asked = {"steps": STEPS, "window": {"value": 3, "unit": "hour"}}
    rows = table(ask(clickhouse, "funnel", organization, now=now, **asked))
    assert [(row["count"], row["dropped"], row["still_open"]) for row in rows] == [
        (3, 0, 0), (1, 1, 1), (0, 0, 1),
    ]  # fmt: skip
    over = table(ask(clickhouse, "funnel", organization, **asked))
    assert [(row["dropped"], row["still_open"]) for row in over] == [(0, 0), (2, 0), (1, 0)]


def test_the_breakdown_is_of_the_first_step_of_the_run_that_counts(clickhouse):
    events = (
        happen("view", source="ads"), happen("view", 50, source="mail"),
        happen("click", 70, source="site"), happen("view", visitor="w"),
    )  # fmt: skip
    asked = {"steps": TWO, "window": {"value": 1, "unit": "hour"}, "breakdown": "source"}
    organization = tell(clickhouse, *events)
    first = ask(clickhouse, "funnel", organization, **asked)
    assert [row[:4] for row in first["rows"]] == [
        ["mail", 1, "view", 1], ["mail", 2, "click", 1],
        [None, 1, "view", 1], [None, 2, "click", 0],
    ]  # fmt: skip
    last = ask(clickhouse, "funnel", organization, **asked, breakdown_attribution="last_touch")
    assert [row[0] for row in last["rows"]] == ["site", "site", None, None]
    each = ask(clickhouse, "funnel", organization, **asked, breakdown_attribution="all")
    assert [row[:4] for row in each["rows"]] == [
        ["ads", 1, "view", 1], ["ads", 2, "click", 0],
        ["mail", 1, "view", 1], ["mail", 2, "click", 0],
        [None, 1, "view", 1], [None, 2, "click", 0],
    ]  # fmt: skip


def test_a_breakdown_by_what_is_no_text(clickhouse):
    organization = tell(clickhouse, happen("view"), happen("click", 1))
    answer = ask(
        clickhouse, "funnel", organization, steps=TWO, breakdown=["hour_of_day", "is_mobile"]
    )
    assert [row[:5] for row in answer["rows"]] == [
        [12, False, 1, "view", 1], [12, False, 2, "click", 1],
    ]  # fmt: skip


def test_a_trend_has_every_bucket_by_entry_time(clickhouse):
    organization = tell(
        clickhouse, happen("view"), happen("click", DAY), happen("view", 13 * 60, visitor="w")
    )
    range_ = {"start": "2024-05-14", "end": "2024-05-16"}
    answer = ask(
        clickhouse, "funnel", organization, steps=TWO, time_range=range_, granularity="day"
    )
    assert [(row["time"], row["step"], row["count"]) for row in table(answer)] == [
        ("2024-05-14", 1, 0), ("2024-05-14", 2, 0),
        ("2024-05-15", 1, 1), ("2024-05-15", 2, 1),
        ("2024-05-16", 1, 1), ("2024-05-16", 2, 0),
    ]  # fmt: skip


def test_optional_steps_hold_up_nobody(clickhouse):
    steps = [{"event": "view"}, {"event": "click", "optional": True}, {"event": "purchase"}]
    organization = tell(
        clickhouse,
        happen("view"), happen("click", 1), happen("purchase", 2),
        happen("view", visitor="w"), happen("purchase", 4, visitor="w"),
        happen("click", 5, visitor="w"),
        happen("view", visitor="x"), happen("click", 3, visitor="x"),
    )  # fmt: skip
    rows = table(ask(clickhouse, "funnel", organization, steps=steps))
    assert [(row["count"], row["dropped"], row["average_seconds"]) for row in rows] == [
        (3, 0, None), (2, 0, 120), (2, 1, 180),
    ]  # fmt: skip


def test_sessions_and_clicks_may_be_judged_instead_of_visitors(clickhouse):
    organization = tell(
        clickhouse,
        happen("view", click_id="c1"), happen("click", 1, click_id="c2"),
        happen("view", 120, click_id="c2"), happen("purchase", 121, click_id="c2"),
    )  # fmt: skip
    asked = {"steps": [{"event": "view"}, {"event": "purchase"}]}
    found = {
        by: [
            row["count"]
            for row in table(ask(clickhouse, "funnel", organization, **asked, count_by=by))
        ]
        for by in ("visitor", "session", "click")
    }
    assert found == {"visitor": [1, 1], "session": [2, 1], "click": [2, 1]}


def test_times_may_be_left_out_or_put_into_bins(clickhouse):
    organization = tell(
        clickhouse, happen("view"), happen("click", 1), happen("view", visitor="w"),
        happen("click", 4, visitor="w"),
    )  # fmt: skip
    bare = table(ask(clickhouse, "funnel", organization, steps=TWO, times=False))
    assert [(row["average_seconds"], row["median_seconds"]) for row in bare] == [(None, None)] * 2
    told = ask(clickhouse, "funnel", organization, steps=TWO, histogram=4)["meta"]["histogram"]
    edges = [0, 60, 120, 180, 240]
    assert told == [{"step": 2, "counts": [0, 1, 0, 1], "edges": edges}]
