"""The table of cohorts as a whole: broken down, in pages, sampled, with counts, kept."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.asking import tell
from tests.warehouse.studies.cohorts.asking import NOW, THREE_DAYS, answer, ask, on, table

pytestmark = pytest.mark.django_db


def test_a_breakdown_is_the_value_of_the_earliest_start_event_of_the_period(clickhouse):
    noon = on(1)["event_time"]
    organization = tell(
        clickhouse,
        on(1, source="late", event_id="a", received_at=noon + timedelta(seconds=2)),
        on(1, source="second", event_id="c", received_at=noon + timedelta(seconds=1)),
        on(1, source="first", event_id="b", received_at=noon + timedelta(seconds=1)),
        on(1, source="other", event_name="click", event_time=noon - timedelta(hours=1)),
        on(2, source="next"),
        on(2, visitor_id="w"),
    )
    asked = {"start_event": "view", "breakdown": "source", "periods": 2}
    rows = answer(clickhouse, organization, NOW, "UTC", asked)["rows"]
    sizes = [(row[0], row[1][8:], row[2]) for row in rows if row[3] == 1]
    assert sizes == [
        (None, "01", 0), (None, "02", 1), (None, "03", 0),
        ("first", "01", 1), ("first", "02", 0), ("first", "03", 0),
        ("next", "01", 0), ("next", "02", 1), ("next", "03", 0),
    ]  # fmt: skip


def test_the_largest_values_of_a_breakdown_fill_the_page(clickhouse):
    organization = tell(
        clickhouse, *(on(1, source=f"s{n % 3}", visitor_id=f"v{n}") for n in range(8)), on(2)
    )
    asked = {"breakdown": "source", "periods": 2}
    whole = answer(clickhouse, organization, NOW, "UTC", asked)
    assert [row[0] for row in whole["rows"][::6]] == ["s0", "s1", "s2", None]
    assert whole["meta"]["counts"]["cohort_visitors"] == 9
    page = answer(clickhouse, organization, NOW, "UTC", {**asked, "offset": 5, "limit": 8})
    assert page["rows"] == whole["rows"][5:13]
    assert page["meta"]["truncated"] is True
    assert page["meta"]["counts"]["cohort_visitors"] == 9


def test_counts_reconcile_with_traffic(clickhouse):
    organization = tell(
        clickhouse, on(1), on(2), on(2, visitor_id="w"), on(3, visitor_id="x", event_name="click"),
        on(3, visitor_id="b", is_bot=1),
    )  # fmt: skip
    meta = answer(clickhouse, organization, NOW, "UTC", {"start_event": "view"})["meta"]
    assert meta["counts"] == {
        "visitors": 3,
        "events": 4,
        "excluded_bot_events": 1,
        "cohorts": 3,
        "periods": 3,
        "cohort_visitors": 2,
        "immature_cells": 0,
    }
    assert "of one day of UTC" in meta["definition"]
    assert "the event view" in meta["definition"]


def test_nobody_at_all_is_a_table_too(clickhouse):
    organization = tell(clickhouse, on(20))
    assert table(clickhouse, organization) == [[0, 0, 0, 0]] * 3
    assert answer(clickhouse, organization, NOW, "UTC", {"breakdown": "source"})["rows"] == []


@pytest.mark.parametrize("metric", ["retention", "events", "revenue"])
def test_a_sample_scales_sizes_and_sums(clickhouse, metric):
    events = [on(1, visitor_id=f"v{n}", conversion_value=Decimal("2")) for n in range(400)]
    organization = tell(clickhouse, *events)
    asked = {"metric": metric, "sample": 0.5, "periods": 2}
    found = answer(clickhouse, organization, NOW, "UTC", asked)
    size, _, value, rate, _ = found["rows"][0][1:]
    assert 300 <= size <= 500
    assert size % 2 == 0
    assert value == size * (2 if metric == "revenue" else 1)
    assert rate == value / size
    assert found["meta"]["exact"] == {
        "error": round(Decimal((0.5 / (size / 2)) ** 0.5), 4),
        "sampled": Decimal("0.5"),
    }


def test_fields_of_sessions_may_break_down_and_filter(clickhouse):
    organization = tell(clickhouse, on(1, path="/a"), on(2, path="/b"))
    rows = answer(clickhouse, organization, NOW, "UTC", {"breakdown": "landing_page"})["rows"]
    assert [row[0] for row in rows[::9]] == ["/a", "/b"]


def test_an_answer_with_a_running_period_is_not_kept_for_long(clickhouse, cache):
    organization = tell(clickhouse, on(1))
    over = ask(clickhouse, organization, {**THREE_DAYS, "periods": 2}, now=NOW)
    assert over["meta"]["ttl_seconds"] == 30 * 86_400
    running = ask(clickhouse, organization, {**THREE_DAYS, "periods": 60}, now=NOW)
    assert running["meta"]["ttl_seconds"] < 86_400
    later = ask(clickhouse, organization, {**THREE_DAYS, "periods": 2, "cumulative": True}, now=NOW)
    assert later["meta"]["ttl_seconds"] < 86_400
