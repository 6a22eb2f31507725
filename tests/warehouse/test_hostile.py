"""Requests made to cost much or to break something are refused, and quickly."""

from datetime import UTC, datetime

import pytest

from tests.warehouse.test_language import faults, parse
from warehouse.language import buckets, patterns
from warehouse.language.faults import MOST_FAULTS
from warehouse.language.query import Window


def matching(pattern):
    return {"filters": [{"field": "url", "operator": "matches", "value": pattern}]}


@pytest.mark.parametrize("field", ["page_views", "conversion_value", "fraud_score", "revenue"])
@pytest.mark.parametrize("value", ["sNaN", "NaN", "-Infinity", "1e999999"])
def test_what_is_no_finite_number_is_refused(field, value):
    body = {"filters": [{"field": field, "operator": "eq", "value": value}]}
    assert "filters[0].value" in faults(body)


@pytest.mark.parametrize(
    "pattern", ["(a?){999}a{999}", "." * 400, "((x{9}){9}){9}", r"(\pL{1,600})", "[^b]{400}"]
)
def test_a_pattern_that_would_run_for_minutes_is_refused(pattern):
    assert faults(matching(pattern))["filters[0].value"].code == "too-complex"


@pytest.mark.parametrize(
    "pattern",
    [
        r"^/(docs|blog)/\d{4}-\d{2}-\d{2}",
        "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
        r"(?i)^https?://([\w-]+\.)+example\.com(/.*)?$",
        "|".join(f"/page-{number}" for number in range(40)),
    ],
)
def test_patterns_people_write_are_taken(pattern):
    assert parse(matching(pattern)).where


@pytest.mark.parametrize(
    ("pattern", "steps"),
    [
        ("abc", 3),
        ("a{3}", 3),
        ("(ab){2,5}", 10),
        ("((a{2}){3}b)+", 8),
        (r"\(\){2}[)(]{2}", 7),
        (")))(((", 0),
    ],
)
def test_the_steps_of_a_pattern(pattern, steps):
    assert patterns.steps(pattern) == pytest.approx(steps, abs=1)


def test_of_very_many_faults_some_are_named():
    assert len(faults({f"metrix{number}": 1 for number in range(5000)})) == MOST_FAULTS


@pytest.mark.parametrize("zone", ["UTC", "America/Havana", "Pacific/Apia"])
@pytest.mark.parametrize("granularity", ["hour", *buckets.CALENDAR])
def test_buckets_are_counted_as_they_are_made(zone, granularity):
    window = Window(datetime(2011, 12, 1, 7, tzinfo=UTC), datetime(2012, 4, 1, 5, 30, tzinfo=UTC))
    made = buckets.starts(window, granularity, zone)
    assert 0 <= buckets.count(window, granularity, zone) - len(made) <= 1
