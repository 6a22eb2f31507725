"""`GET /catalog`: what it says is what the planner does."""

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from reports.api.components import COMPONENTS
from tests.reports.doors import MORNING, caller_of, get, problem
from warehouse.exceptions import InvalidRequest
from warehouse.language import catalog
from warehouse.language.parse import parse_query
from warehouse.planner import offer
from warehouse.planner.plan import plan

KNOWN = offer.describe()
METRICS = {one["name"]: one for one in KNOWN["metrics"]}
DIMENSIONS = {one["name"]: one for one in KNOWN["dimensions"]}
TABLES = {one["name"]: one for one in KNOWN["tables"]}
MONTH = {"time_range": {"start": "2024-01-01", "end": "2024-01-31"}}


def planned(**body):
    return plan(parse_query(MONTH | body, organization="o", timezone="UTC", now=MORNING))


def read(**body):
    """Return the names of the tables that answer a question about whole days of UTC."""
    return [branch.table.name for branch in planned(**body).branches]


def rule(name):
    [found] = [one for one in KNOWN["rules"] if one["rule"] == name]
    return found["names"]


def test_it_is_answered_once_and_then_held(caller):
    answer = get(caller, "/catalog")
    assert answer.status_code == 200
    assert answer.json() == KNOWN
    again = get(caller, "/catalog", If_None_Match=answer["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    Draft202012Validator(COMPONENTS["Catalog"]).validate(answer.json())


def test_it_needs_the_scope_to_read_reports(client, caller, acme):
    problem(get(client, "/catalog"), 401)
    problem(get(caller_of(acme, ["events:write"]), "/catalog"), 403)


def test_it_names_everything_there_is():
    assert set(METRICS) == set(catalog.METRICS)
    assert set(DIMENSIONS) == {*catalog.DIMENSIONS, "properties.NAME"}
    assert {one["name"] for one in KNOWN["filters"]} == set(catalog.FIELDS) - catalog.DIMENSIONS


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_is_read_from_the_tables_that_are_said_to_hold_it(metric):
    assert set(read(metrics=[metric])) <= set(METRICS[metric]["tables"])


@pytest.mark.parametrize("name", DIMENSIONS)
def test_a_dimension_is_read_from_the_tables_that_are_said_to_hold_it(name):
    said = [table for table in DIMENSIONS[name]["tables"] if table != "sessions"]
    [found] = read(metrics=["events"], dimensions=[name])
    assert found in (said or ["events"])
    [found] = read(metrics=["sessions"], dimensions=[name])
    assert (found == "sessions") == ("sessions" in DIMENSIONS[name]["tables"])


@pytest.mark.parametrize("name", TABLES)
def test_a_table_answers_all_its_dimensions_and_figures_at_once(name):
    table = TABLES[name]
    own = [
        metric for metric, one in METRICS.items() if set(one["figures"]) <= set(table["figures"])
    ]
    fine = ["hour_of_day"] if table["seconds"] == 900 else []
    found = read(metrics=own, dimensions=[*table["dimensions"], *fine])
    assert found == [name]


def test_the_rules_are_kept():
    for name in rule("no-comparison-by-moments"):
        with pytest.raises(InvalidRequest):
            planned(dimensions=[name], compare="previous_period")
    for name in rule("not-a-dimension"):
        with pytest.raises(InvalidRequest):
            planned(dimensions=[name])
    for name in rule("many-are-counted-roughly"):
        assert planned(metrics=[name]).rough
        assert not planned(metrics=[name], exact=True).rough
    for name in rule("sessions-are-apart"):
        assert {"sessions", "visits"} & set(read(metrics=[name], dimensions=["source"]))
    for name in rule("sessions-lend-fields"):
        assert read(metrics=["events"], dimensions=[name]) == ["events"]
    assert read(metrics=["events"], sample=0.5) == ["events"]
    every = planned(metrics=list(METRICS), dimensions=["url", "landing_page", "event_date"])
    assert [column.name for column in every.columns][3:] == list(METRICS)


def test_the_words_of_a_request_are_taken():
    for name in KNOWN["granularities"]:
        assert planned(granularity=name, time_range={"start": "2024-01-01", "end": "2024-01-02"})
    for name in KNOWN["periods"]["names"]:
        assert planned(time_range=None, period=name)
    for name in KNOWN["comparisons"]:
        assert planned(compare=name).query.previous
