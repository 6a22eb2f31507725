"""Every sentence that says what attribution counts, on events made for it."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.warehouse.asking import NOON, tell
from tests.warehouse.studies.attribution.asking import ask, credits_of

pytestmark = pytest.mark.django_db
MILLISECOND = timedelta(milliseconds=1)
EMAIL, SEARCH, DIRECT = "Email", "Paid Search", "Direct"
FOUR = [(-20, EMAIL), (-14, SEARCH), (-7, SEARCH), (0, DIRECT)]


def at(days, channel="", **event):
    moment = NOON + (days if isinstance(days, timedelta) else timedelta(days=days))
    return {"event_time": moment, "channel": channel} | event


def bought(days, channel="", value=10, **event):
    return at(days, channel, conversion_event="purchase", conversion_value=value) | event


def credited(clickhouse, events, model="linear", **body):
    """Return each value's conversions by a model; those of none are left out."""
    organization = tell(clickhouse, *events)
    found = credits_of(ask("attribution", clickhouse, organization, models=[model], **body))
    return {value: conversions for (_, value), (conversions, _) in found.items() if conversions}


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first_touch", {EMAIL: "1"}),
        ("last_touch", {DIRECT: "1"}),
        ("last_non_direct", {SEARCH: "1"}),
        ("linear", {SEARCH: "0.5", EMAIL: "0.25", DIRECT: "0.25"}),
        # Weights 2^-(20/7), 2^-2, 2^-1 and 1, together 1.8880…
        ("time_decay", {DIRECT: "0.5297", SEARCH: "0.3972", EMAIL: "0.0731"}),
        ("position_based", {EMAIL: "0.4", DIRECT: "0.4", SEARCH: "0.2"}),
        ("shapley", {DIRECT: "0.3334", EMAIL: "0.3333", SEARCH: "0.3333"}),
    ],
)
def test_each_model_shares_a_conversion_out_as_it_says(clickhouse, model, expected):
    events = [at(*one) for one in FOUR[:-1]] + [bought(*FOUR[-1])]
    found = credited(clickhouse, events, model)
    assert found == {value: Decimal(share) for value, share in expected.items()}


@pytest.mark.parametrize("model", ["first_touch", "position_based", "time_decay", "markov"])
def test_one_touchpoint_gets_everything(clickhouse, model):
    assert credited(clickhouse, [bought(0, EMAIL)], model) == {EMAIL: 1}


def test_two_positions_share_equally(clickhouse):
    events = [at(-2, EMAIL), bought(0, SEARCH)]
    assert credited(clickhouse, events, "position_based") == {EMAIL: 0.5, SEARCH: 0.5}


def test_last_non_direct_falls_back_to_direct_when_all_are(clickhouse):
    events = [at(-2, DIRECT), bought(0, DIRECT)]
    assert credited(clickhouse, events, "last_non_direct") == {DIRECT: 1}


@pytest.mark.parametrize(
    ("direct", "event"),
    [
        (True, {"channel": "direct"}),
        (True, {"channel": "Direct", "source": "google"}),
        (True, {"source": "(direct)", "medium": "(none)"}),
        (False, {"source": "google"}),
        (False, {"campaign_id": "summer"}),
        (False, {"channel": "Referral"}),
    ],
)
def test_direct_is_what_its_channel_says_or_nothing_is_known_of(clickhouse, direct, event):
    events = [at(-2, EMAIL, path="/a"), bought(0) | event | {"path": "/b"}]
    found = credited(clickhouse, events, "last_non_direct", dimension="path")
    assert found == {"/a" if direct else "/b": 1}


def test_the_lookback_is_inclusive_and_to_the_millisecond(clickhouse):
    inside, outside = timedelta(days=-3), timedelta(days=-3) - MILLISECOND
    span = {"lookback": {"value": 3, "unit": "days"}}
    events = [at(inside, EMAIL), bought(0, SEARCH)]
    assert credited(clickhouse, events, "first_touch", **span) == {EMAIL: 1}
    events = [at(outside, EMAIL), bought(0, SEARCH)]
    assert credited(clickhouse, events, "first_touch", **span) == {SEARCH: 1}


def test_touchpoints_before_the_window_count_and_conversions_there_do_not(clickhouse):
    events = [bought(-20, EMAIL), bought(0, SEARCH)]
    window = {"time_range": {"start": "2024-05-15", "end": "2024-05-15"}}
    assert credited(clickhouse, events, **window) == {EMAIL: 0.5, SEARCH: 0.5}
    assert credited(clickhouse, [bought(1, EMAIL)], **window) == {}


def test_what_happens_after_the_conversion_gets_nothing(clickhouse):
    events = [bought(0, EMAIL), at(MILLISECOND, SEARCH, campaign_id="late")]
    assert credited(clickhouse, events) == {EMAIL: 1}


def test_a_session_has_one_start_and_campaign_parameters_make_more_touchpoints(clickhouse):
    minute = timedelta(minutes=1)
    events = [
        at(0, EMAIL),
        at(minute, "ignored", source="google", medium="cpc"),
        at(2 * minute, SEARCH, campaign_id="summer"),
        at(3 * minute, "Display", click_id="c"),
        at(4 * minute, "Term", term="shoes"),
        at(5 * minute, "Content", content="banner"),
        bought(6 * minute, "ignored"),
    ]
    assert set(credited(clickhouse, events)) == {EMAIL, SEARCH, "Display", "Term", "Content"}
    gap = [at(0, EMAIL), at(29 * minute, "ignored"), bought(59 * minute, SEARCH)]
    assert set(credited(clickhouse, gap)) == {EMAIL, SEARCH}


def test_a_sent_session_starts_once_however_long_it_lasts(clickhouse):
    sent = {"session_id": "s"}
    events = [at(-5, EMAIL, **sent), at(-4, SEARCH, **sent), bought(0, SEARCH, **sent)]
    assert credited(clickhouse, events) == {EMAIL: 1}


def test_a_late_event_that_joins_two_sessions_takes_a_start_away(clickhouse):
    minute = timedelta(minutes=1)
    organization = tell(clickhouse, at(0, EMAIL), bought(40 * minute, SEARCH))
    asked = {"models": ["linear"]}
    found = credits_of(ask("attribution", clickhouse, organization, **asked))
    assert found["linear", SEARCH][0] == 0.5
    tell(clickhouse, at(20 * minute, "between"), organization=organization)
    found = credits_of(ask("attribution", clickhouse, organization, **asked))
    assert found == {("linear", EMAIL): (1, 10)}


def test_at_one_instant_what_arrived_first_came_first(clickhouse):
    later = NOON + timedelta(days=1)
    events = [
        bought(0, EMAIL, campaign_id="a", received_at=later),
        at(0, SEARCH, campaign_id="b", received_at=later + MILLISECOND),
        at(0, "Display", campaign_id="c", received_at=later - MILLISECOND),
        at(0, "Zebra", campaign_id="d", received_at=later, event_id="z"),
    ]
    assert credited(clickhouse, events, "linear") == {"Display": 0.5, EMAIL: 0.5}
    assert credited(clickhouse, events, "first_touch") == {"Display": 1}


def test_a_conversion_without_touchpoint_stands_in_the_row_of_null_in_every_model(clickhouse):
    sent = {"session_id": "s"}
    organization = tell(clickhouse, at(-5, EMAIL, **sent), bought(0, SEARCH, value=7, **sent))
    found = ask("attribution", clickhouse, organization, lookback={"value": 1, "unit": "day"})
    assert {(row[0], row[2], row[3]) for row in found["rows"]} == {(None, 1, 7)}
    assert len(found["rows"]) == 8
    counts = found["meta"]["counts"]
    assert (counts["conversions_without_touchpoint"], counts["revenue_without_touchpoint"]) == (
        1,
        7,
    )


def test_every_conversion_of_a_visitor_counts_once_and_looks_back_by_itself(clickhouse):
    events = [at(-3, EMAIL), bought(-2, SEARCH), bought(0, SEARCH, conversion_event="signup")]
    assert credited(clickhouse, events, "first_touch") == {EMAIL: 2}
    assert credited(clickhouse, events, "first_touch", conversion_event="signup") == {EMAIL: 1}
    assert credited(clickhouse, events, "last_touch") == {SEARCH: 2}


def test_markov_counts_the_journeys_that_came_to_nothing(clickhouse):
    """Of Email alone half convert, of Search all: removing Search loses two of three conversions.

    The chain: start → Email (2 of 4), start → Search (2 of 4); Email → conversion 1 of 2.
    Removal of Email: (1/4) / (3/4) = 1/3, of Search (1/2) / (3/4) = 2/3.
    """
    events = [
        bought(0, EMAIL, visitor_id="a"),
        at(0, EMAIL, visitor_id="b"),
        bought(0, SEARCH, visitor_id="c"),
        bought(0, SEARCH, visitor_id="d"),
        at(-60, "Display", visitor_id="b"),
    ]
    assert credited(clickhouse, events, "markov") == {EMAIL: 1, SEARCH: 2}
    late = [*events, at(5, SEARCH, visitor_id="d"), at(9, SEARCH, visitor_id="d")]
    # Now Search → conversion 2 of 4, → Search 1, → nothing 1; start → Search 3 of 5.
    # From Search 2/3 convert: 2/5 come from it, 1/5 from Email.
    assert credited(clickhouse, late, "markov") == {EMAIL: 1, SEARCH: 2}
    lost = [*late, at(0, EMAIL, visitor_id="e"), at(4, SEARCH, visitor_id="e")]
    # start → Email 3 of 6, Search 3 of 6; Email → conversion, nothing, Search 1/3 each;
    # Search → conversion 2 of 5, Search 1, nothing 2: half convert. Together 1/2.
    # Without Email 1/4, without Search 1/6: effects 1/2 and 2/3, so 9/7 and 12/7 of 3.
    found = credited(clickhouse, lost, "markov")
    assert found == {EMAIL: Decimal("1.2857"), SEARCH: Decimal("1.7143")}


def test_bots_and_what_filters_leave_out_are_neither_touchpoint_nor_conversion(clickhouse):
    events = [
        at(-3, EMAIL),
        at(-2, SEARCH, is_bot=1),
        at(-1, "Display", country="DE"),
        bought(0, "Referral"),
        bought(1, "Referral", country="DE"),
    ]
    assert set(credited(clickhouse, events)) == {EMAIL, "Display", "Referral"}
    assert SEARCH in credited(clickhouse, events, include_bots=True)
    german = [{"field": "country", "operator": "is_null"}]
    assert credited(clickhouse, events, filters=german) == {EMAIL: 0.5, "Referral": 0.5}


def test_events_of_nobody_are_left_out(clickhouse):
    assert credited(clickhouse, [bought(0, EMAIL, visitor_id="")]) == {}


@pytest.mark.parametrize(
    ("dimension", "values"),
    [
        ("campaign_id", {None, "summer"}),
        ("session_source", {"google", None}),
        ("properties.plan", {"pro", None}),
        ("event_date", {"2024-05-13", "2024-05-15"}),
        ("hour_of_day", {12}),
        ("is_mobile", {False, True}),
        ("fraud_score", {0, 12.5}),
        ("conversion_value", {0, 10}),
        ("conversion_time", {None}),
        ("event_time", {"2024-05-13T12:00:00.000+00:00", "2024-05-15T12:00:00.000+00:00"}),
    ],
)
def test_touchpoints_are_told_apart_by_any_dimension(clickhouse, dimension, values):
    events = [
        at(-2, source="google", campaign_id="summer", is_mobile=1, fraud_score=12.5),
        bought(0, properties={"plan": "pro"}),
    ]
    assert set(credited(clickhouse, events, dimension=dimension)) == values


def test_sums_hold_to_the_last_digit_in_a_sample_too(clickhouse):
    events = [
        event | {"visitor_id": f"v{number}"}
        for number in range(60)
        for event in (
            at(-2, EMAIL),
            at(-1, SEARCH),
            bought(0, DIRECT, value=Decimal("0.0001") * number),
        )
    ]
    organization = tell(clickhouse, *events)
    for sample in (1, 0.5):
        found = ask("attribution", clickhouse, organization, sample=sample)
        counts = found["meta"]["counts"]
        assert counts["conversions"] > 10
        for model in {row[1] for row in found["rows"]}:
            mine = [row for row in found["rows"] if row[1] == model]
            assert sum(row[2] for row in mine) == counts["conversions"]
            assert sum(row[3] for row in mine) == counts["revenue"]


def test_beyond_two_hundred_values_the_chain_says_that_it_is_rough_and_still_adds_up(clickhouse):
    events = [
        bought(0, EMAIL, visitor_id=f"v{number}", campaign_id=f"c{number}") for number in range(220)
    ]
    organization = tell(clickhouse, *events, *events[:210])
    body = {"models": ["markov", "shapley"], "dimension": "campaign_id"}
    found = ask("attribution", clickhouse, organization, **body)
    assert found["meta"]["exact"] == {"error": None, "sampled": None}
    assert "200 most frequent of 220" in found["meta"]["rough"]["markov"]
    credit = credits_of(found)
    assert {credit[model, "c3"] for model in body["models"]} == {(2, 20)}
    for model in body["models"]:
        mine = [one for (name, _), one in credit.items() if name == model]
        assert sum(one[0] for one in mine) == 430
        assert sum(one[1] for one in mine) == 4300
    assert "rough" not in ask("attribution", clickhouse, organization)["meta"]


def test_of_several_events_at_the_instant_a_session_starts_the_first_is_its_start(clickhouse):
    later = NOON + timedelta(days=1)
    events = [
        at(0, SEARCH, received_at=later + MILLISECOND),
        at(0, EMAIL, received_at=later),
        bought(timedelta(minutes=1), SEARCH, received_at=later),
    ]
    assert credited(clickhouse, events) == {EMAIL: 1}
