"""Requests for funnels: what they mean, and what is wrong with them."""

from datetime import timedelta

import pytest

from reports.kinds import KINDS
from tests.reports.kinds.test_traffic import ACME, NOW
from warehouse.exceptions import InvalidRequest
from warehouse.language.fingerprint import fingerprint
from warehouse.language.study import Match

OF_METRICS = {"field": "events", "operator": "gt", "value": 1}
OF_NOTHING = {"field": "sauce", "operator": "eq", "value": 1}
STEPS = [{"event": "view"}, {"event": "click"}, {"event": "buy"}]


def parsed(body):
    return KINDS["funnel"].parse(body, tenant=ACME, now=NOW, max_limit=1000)


def flat(given):
    """Return the body of flat parameters."""
    read = KINDS["funnel"].parameters
    assert read is not None
    return read(given)


def refused(**body):
    """Return the bad fields of a request, by the code of what is wrong."""
    with pytest.raises(InvalidRequest) as found:
        parsed({"steps": STEPS} | body)
    return {error.field: error.code for error in found.value.errors}


def test_a_flat_request_means_the_same_as_a_body():
    given = {
        "steps": ["view,*"], "start_date": ["2024-01-01"], "window": ["2h"], "order": ["any"],
        "conversion_after_range": ["true"], "group_by": ["week"],
    }  # fmt: skip
    body = flat(given)
    assert parsed(body) == parsed(
        {
            "steps": [{"event": "view"}, {"event": None}],
            "time_range": {"start": "2024-01-01"},
            "window": {"value": 2, "unit": "hour"},
            "order": "any",
            "conversion_after_range": True,
            "granularity": "week",
        }
    )


def test_the_seeds_own_address_is_understood():
    given = {"steps": ["click,view,signup,purchase"], "start_date": ["2024-01-01"]}
    funnel = parsed(flat(given)).study
    assert [step.match for step in funnel.steps] == [
        Match(name) for name in ("click", "view", "signup", "purchase")
    ]
    assert funnel.within == timedelta(days=14)


def test_equal_funnels_have_one_fingerprint_whenever_they_are_asked():
    range_ = {"start": "2024-01-01", "end": "2024-01-31"}
    body = {"steps": STEPS, "time_range": range_}
    later = KINDS["funnel"].parse(
        body | {"order": "ordered"}, tenant=ACME, now=NOW + timedelta(hours=1), max_limit=1000
    )
    assert fingerprint(parsed(body)) == fingerprint(later)
    assert fingerprint(parsed(body)) != fingerprint(parsed(body | {"order": "any"}))


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"steps": None}, {"steps": "required"}),
        ({"steps": ["view"]}, {"steps": "invalid"}),
        ({"steps": [{"event": "view"}] * 21}, {"steps": "invalid"}),
        ({"steps": ["view", 7]}, {"steps[1]": "invalid"}),
        ({"steps": ["view", {"event": ""}]}, {"steps[1].event": "invalid"}),
        ({"steps": ["view", {"evnt": "x"}]}, {"steps[1].evnt": "unknown"}),
        ({"steps": ["view", {"event": "x", "label": 3}]}, {"steps[1].label": "invalid"}),
        ({"steps": [{"event": "x", "optional": True}, "y"]}, {"steps[0].optional": "unsuitable"}),
        (
            {"steps": ["x", {"event": "y", "filters": [OF_METRICS]}]},
            {"steps[1].filters": "unsuitable"},
        ),
        (
            {"steps": ["x", {"event": "y", "filters": [OF_NOTHING]}]},
            {"steps[1].filters[0].field": "unknown"},
        ),
        ({"order": "orderd"}, {"order": "unknown"}),
        ({"window": "14"}, {"window": "invalid"}),
        ({"window": {"value": 0}}, {"window.value": "invalid"}),
        ({"window": {"value": 1, "unit": "moon"}}, {"window.unit": "unknown"}),
        ({"window": {"value": 367, "unit": "day"}}, {"window.value": "invalid"}),
        ({"count_by": "person"}, {"count_by": "unknown"}),
        ({"exclusions": [{"event": "view"}]}, {"exclusions[0].event": "conflict"}),
        (
            {"exclusions": [{"event": "x", "from_step": 2, "to_step": 2}]},
            {"exclusions[0].from_step": "out-of-range"},
        ),
        ({"exclusions": [{"event": "x", "to_step": 4}]}, {"exclusions[0].to_step": "out-of-range"}),
        (
            {"order": "any", "exclusions": [{"event": "x", "from_step": 2}]},
            {"exclusions[0].from_step": "unsuitable"},
        ),
        ({"times": False, "histogram": 3}, {"histogram": "conflict"}),
        ({"breakdown": "source", "histogram": 3}, {"histogram": "conflict"}),
        ({"breakdown": "sauce"}, {"breakdown": "unknown"}),
        ({"metrics": ["events"], "order": 1}, {"metrics": "unknown", "order": "unknown"}),
        (
            {"filters": [{"field": "conversions", "operator": "gt", "value": 1}]},
            {"filters": "unsuitable"},
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(body, errors):
    assert refused(**body) == errors


def test_an_exclusion_of_another_kind_of_the_same_event_is_allowed():
    paid = [{"field": "source", "operator": "eq", "value": "ads"}]
    funnel = parsed({"steps": STEPS, "exclusions": [{"event": "view", "filters": paid}]}).study
    assert len(funnel.matches) == 4


def test_filters_that_mean_the_same_are_the_same():
    one = {"field": "source", "operator": "eq", "value": "ads"}
    other = {"field": "medium", "operator": "in", "values": ["cpc"]}
    same = {"field": "medium", "operator": "eq", "value": "cpc"}
    first = parsed({"steps": ["view", {"event": "click", "filters": [one, other]}]})
    second = parsed({"steps": ["view", {"event": "click", "filters": [same, one]}]})
    assert fingerprint(first) == fingerprint(second)
    steps = ["view", {"event": "click", "filters": [one, other]}]
    excluded = [{"event": "click", "filters": [same, one]}]
    assert refused(steps=steps, exclusions=excluded) == {"exclusions[0].event": "conflict"}
