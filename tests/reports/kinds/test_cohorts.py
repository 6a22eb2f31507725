"""The kind `cohorts` as a question to the engine."""

from datetime import UTC, datetime, timedelta

import pytest

from reports.kinds import KINDS
from tests.reports.kinds.test_traffic import ACME
from warehouse.exceptions import InvalidRequest
from warehouse.language.studies.cohorts import Cohorts
from warehouse.language.study import Match

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)
COHORTS = KINDS["cohorts"]
JANUARY = {"time_range": {"start": "2026-01-01", "end": "2026-01-31"}}


def parsed(body, now=NOW):
    query = COHORTS.parse(body, tenant=ACME, now=now, max_limit=50_000)
    assert isinstance(query.study, Cohorts)
    return query


def flat(**given):
    assert COHORTS.parameters is not None
    return COHORTS.parameters({name: [value] for name, value in given.items()})


def refused(body):
    with pytest.raises(InvalidRequest) as caught:
        parsed(body)
    return {error.field: error.detail for error in caught.value.errors}


def test_by_default_it_is_the_retention_of_twelve_weeks():
    query = parsed({})
    study = query.study
    assert (study.cohort_type, study.metric, study.retention_type) == (
        "weekly", "retention", "recurring",
    )  # fmt: skip
    assert (study.count, study.periods, query.limit) == (12, 12, 1000)
    assert (study.start, study.back) == (Match(None), Match(None))
    assert query.window == study.window
    assert query.window.end == datetime(2026, 4, 5, 22, tzinfo=UTC)


def test_the_seeds_own_address_is_understood():
    assert parsed(flat(cohort_type="weekly", metric="retention", periods="12")) == parsed({})


def test_flat_parameters_and_a_body_are_the_same_question():
    by_get = flat(
        cohort_type="daily",
        start_date="2026-01-01",
        end_date="2026-01-31",
        start_event="signup",
        return_event='{"event": "view", "filters": [{"field": "source", "operator": "is_null"}]}',
        cumulative="true",
        minimum_occurrences="2",
        breakdown="source,properties.plan",
        week_start="sunday",
    )
    source = {"field": "source", "operator": "is_null"}
    full = {
        **JANUARY,
        "cohort_type": "daily",
        "start_event": {"event": "signup"},
        "return_event": {"event": "view", "filters": [source]},
        "cumulative": True,
        "minimum_occurrences": 2,
        "breakdown": ["source", "properties.plan"],
        "week_start": "sunday",
    }
    assert parsed(by_get) == parsed(full)
    assert parsed(flat(start_event="", return_event="")) == parsed({})


def test_a_table_that_is_not_broken_down_is_whole():
    assert parsed({**JANUARY, "cohort_type": "daily", "periods": 60}).limit == 31 * 60
    assert parsed({**JANUARY, "cohort_type": "daily", "limit": 5}).limit == 5
    assert parsed({**JANUARY, "cohort_type": "daily", "breakdown": "source"}).limit == 1000


def test_a_question_is_the_same_until_a_period_ends():
    body = {**JANUARY, "periods": 12}
    assert parsed(body) == parsed(body, NOW + timedelta(days=6))
    assert parsed(body).study.ended + 1 == parsed(body, NOW + timedelta(days=7)).study.ended


@pytest.mark.parametrize("metric", ["events", "conversions", "revenue"])
def test_sums_refuse_what_is_about_returning(metric):
    assert set(refused({"metric": metric, "cumulative": True, "minimum_occurrences": 2})) == {
        "cumulative", "minimum_occurrences",
    }  # fmt: skip


def test_everything_wrong_is_told_at_once():
    told = refused(
        {
            "cohort_type": "yearly",
            "metric": "retension",
            "periods": 0,
            "start_event": {"event": 7, "filter": []},
            "return_event": {"filters": [{"field": "sauce", "operator": "eq", "value": 1}]},
            "retention_type": [],
            "cumulative": "yes",
            "minimum_occurrences": 1.5,
            "week_start": "friday",
            "breakdown": "sauce",
            "metrics": ["events"],
            "sample": 2,
        }
    )
    assert set(told) == {
        "cohort_type", "metric", "periods", "start_event.event", "start_event.filter",
        "return_event.filters[0].field", "retention_type", "cumulative", "minimum_occurrences",
        "week_start", "breakdown", "metrics", "sample",
    }  # fmt: skip
    assert "retention" in told["metric"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"periods": 1001}, "periods"),
        ({"periods": 224}, "periods"),
        ({**JANUARY, "cohort_type": "hourly"}, "time_range.start"),
        ({**JANUARY, "cohort_type": "daily", "periods": 1000, "filters": []}, None),
        ({"period": "last_20_years", "cohort_type": "hourly", "periods": 2}, "periods"),
        ({"period": "yesterday", "cohort_type": "monthly"}, "period"),
        ({"time_range": {"start": "2026-01-06", "end": "2026-01-08"}}, "time_range.start"),
        (
            {
                "time_range": {"start": "2020-01-01", "end": "2020-01-02"},
                "cohort_type": "hourly",
                "cumulative": True,
                "minimum_occurrences": 2,
            },
            "minimum_occurrences",
        ),
    ],
)
def test_what_has_no_cell_or_too_many_is_refused_by_name(body, field):
    if field is None:
        assert parsed(body).limit == 31_000
    else:
        assert set(refused(body)) == {field}
