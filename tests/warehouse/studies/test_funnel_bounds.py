"""Funnels at their bounds: many visitors, steps, buckets, slow patterns, samples."""

import pytest

from tests.warehouse.asking import tell
from tests.warehouse.studies.asking import ask, study, table
from tests.warehouse.studies.test_funnel import STEPS, TWO, counts, happen
from warehouse.sql.compiled import compile_query
from warehouse.studies.groups import Foremost, Group

pytestmark = pytest.mark.django_db


def test_a_sample_takes_whole_visitors_and_scales_them_up(clickhouse):
    events = [
        happen(name, at, f"v{n}") for n in range(400) for name, at in (("view", 0), ("click", 1))
    ]
    answer = ask(clickhouse, "funnel", tell(clickhouse, *events), steps=TWO, sample=0.5)
    first, second = (row["count"] for row in table(answer))
    assert first == second
    assert 300 < first < 500
    assert answer["meta"]["exact"]["sampled"] == 0.5


def test_many_visitors_are_counted_exactly(clickhouse):
    events = [happen("view", visitor=f"v{n}") for n in range(5000)]
    answer = ask(clickhouse, "funnel", tell(clickhouse, *events), steps=TWO)
    assert answer["rows"][0][2] == 5000
    assert answer["meta"]["exact"] is True


def test_a_trend_comes_whole_unless_a_limit_is_set(clickhouse):
    organization = tell(clickhouse, happen("view"), happen("click", 1))
    trend = ask(clickhouse, "funnel", organization, steps=STEPS, granularity="hour")
    assert len(trend["rows"]) == 31 * 24 * 3
    assert sum(row[3] for row in trend["rows"]) == 2
    cut = ask(clickhouse, "funnel", organization, steps=STEPS, granularity="hour", limit=10)
    assert (len(cut["rows"]), cut["meta"]["truncated"]) == (10, True)


@pytest.mark.parametrize("order", ["ordered", "strict", "any"])
def test_as_many_steps_and_exclusions_as_there_may_be(clickhouse, order):
    names = [f"step{n}" for n in range(20)]
    events = [happen(name, n) for n, name in enumerate(names)]
    events += [happen("step19", 19, visitor="w"), happen("step0", 19, visitor="w")]
    exclusions: list[dict[str, object]] = [{"event": f"never{n}"} for n in range(9)]
    exclusions.append({"event": "step5", "from_step": 1, "to_step": 20})
    steps = [{"event": name} for name in names]
    spoiled = counts(clickhouse, *events, steps=steps, order=order, exclusions=exclusions)
    # In any order a run may start with the excluded event itself: nothing spoils it then.
    assert spoiled == ([2, 2, *[1] * 13, *[0] * 5] if order == "any" else [1, *[0] * 19])
    whole = counts(clickhouse, *events, steps=steps, order=order, exclusions=exclusions[:9])
    assert whole == [2, 1 + (order == "any"), *[1] * 18]


def test_patterns_in_steps_are_read_in_short_blocks(clickhouse):
    slow = [{"field": "path", "operator": "matches", "value": "(a|b){50}c"}]
    query = study("funnel", "nobody", steps=[{"event": "view", "filters": slow}, "click"])
    assert "max_block_size" in compile_query(query)[1].text
    organization = tell(clickhouse, happen("view"), happen("click", 1))
    assert counts_of(clickhouse, organization, slow) == [0, 0]


def counts_of(clickhouse, organization, filters):
    steps: list[dict[str, object]] = [{"event": "view", "filters": filters}, {"event": "click"}]
    return [row["count"] for row in table(ask(clickhouse, "funnel", organization, steps=steps))]


def test_of_many_values_the_largest_are_shown_and_the_rest_is_told(clickhouse):
    events = [happen("view", visitor=f"v{n}", source=f"s{n // 2}") for n in range(400)]
    # Two events at one instant: these visitors are judged apart, and belong to a value of others.
    pairs = [f"p{n}" for n in range(3)]
    events += [
        happen(name, visitor=who, source="s7") for who in pairs for name in ("view", "click")
    ]
    organization = tell(clickhouse, *events)
    answer = ask(clickhouse, "funnel", organization, steps=TWO, breakdown="source", limit=4)
    assert [row[:4] for row in answer["rows"]] == [
        ["s7", 1, "view", 5], ["s7", 2, "click", 3],
        ["s0", 1, "view", 2], ["s0", 2, "click", 0],
    ]  # fmt: skip
    assert answer["meta"]["truncated"] is True
    assert answer["meta"]["counts"]["entered"] == 403


def test_no_more_groups_are_held_than_wanted():
    held = Foremost(lambda key, group: (-group.counts[0], key), 10)
    for size in range(1000):
        held.add((size,), Group([size], [0], [0], [[]], [[]]))
        assert len(list(held.items())) <= 20
    assert [key for key, _ in held.ranked()][:10] == [(size,) for size in range(999, 989, -1)]
    assert held.dropped
