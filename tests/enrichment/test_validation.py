"""Which events are good, and what is said of the others."""

from datetime import timedelta
from decimal import Decimal

import pytest

from enrichment.fields import FIELDS
from enrichment.validation import UNKNOWN_NAMED, validate
from tests.enrichment.senders import NOW, view
from warehouse.tenancy.principal import Tenant

TENANT = Tenant(id="o", slug="acme", currency="USD", currency_rates={"EUR": Decimal("1.10")})


def check(*events):
    return validate(events, tenant=TENANT, now=NOW)


def errors(*events):
    return [(error.index, error.field, error.code) for error in check(*events).errors]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"event_name": 7}, "wrong_type"),
        ({"event_name": "x" * 65}, "too_long"),
        ({"event_id": "x" * 65}, "too_long"),
        ({"event_id": ["a"]}, "wrong_type"),
        ({"event_time": 5}, "wrong_type"),
        ({"event_time": {}}, "wrong_type"),
        ({"event_time": "yesterday"}, "invalid"),
        ({"event_time": "2026-03-01T00:00:00"}, "invalid"),
        ({"event_time": "0001-01-01T00:00:00Z"}, "out_of_range"),
        ({"event_time": "2026-03-10T13:00:01Z"}, "in_future"),
        ({"ip": "300.1.1.1"}, "invalid"),
        ({"ip": True}, "wrong_type"),
        ({"page_views": 1.5}, "wrong_type"),
        ({"page_views": True}, "wrong_type"),
        ({"page_views": -1}, "out_of_range"),
        ({"session_duration": 2**32}, "out_of_range"),
        ({"bounce_rate": 1.2}, "out_of_range"),
        ({"bounce_rate": "1"}, "wrong_type"),
        ({"conversion_value": "a lot"}, "invalid"),
        ({"conversion_value": "NaN"}, "invalid"),
        ({"conversion_value": "Infinity"}, "invalid"),
        ({"conversion_value": True}, "wrong_type"),
        ({"conversion_value": 10**15}, "out_of_range"),
        ({"currency": "euros"}, "invalid"),
        ({"properties": [1]}, "wrong_type"),
        ({"properties": {"a": {"b": 1}}}, "wrong_type"),
        ({"properties": {"": 1}}, "invalid"),
        ({"properties": {str(n): 1 for n in range(101)}}, "too_many"),
        ({"properties": {"a": "x" * 8193}}, "too_long"),
    ],
)
def test_bad_field_is_named(fields, code):
    [name] = fields
    assert errors(view(), view(**fields)) == [(1, name, code)]


def test_every_bad_field_of_every_event_is_named():
    found = errors({}, "text", view(evnt_id="a", ip="x"), view(), None)
    assert found == [
        (0, "event_name", "required"),
        (1, "", "wrong_type"),
        (2, "evnt_id", "unknown_field"),
        (2, "ip", "invalid"),
        (4, "", "wrong_type"),
    ]


def test_unknown_field_names_the_nearest():
    [error] = check(view(visitor="v")).errors
    assert "visitor_id" in error.detail


def test_good_events_of_a_mixed_batch_are_kept_in_order():
    checked = check(view(event_id="a"), {}, view(event_id="b"))
    assert checked.rejected == 1
    assert checked.columns.values["event_id"] == ["a", "b"]


@pytest.mark.parametrize("empty", [None, ""])
def test_empty_values_count_as_absent(empty):
    checked = check(*[{"event_name": "x"} | dict.fromkeys(FIELDS.keys() - {"event_name"}, empty)])
    assert not checked.errors
    assert checked.columns.values["event_time"] == [round(NOW.timestamp() * 1000)]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1970-01-01T00:00:00.9999Z", 999),
        ("1970-01-01T02:00:00+02:00", 0),
        ("2026-03-10T13:00:00Z", round((NOW + timedelta(hours=1)).timestamp() * 1000)),
    ],
)
def test_times_are_read_to_the_millisecond(text, milliseconds):
    assert check(view(event_time=text)).columns.values["event_time"] == [milliseconds]


@pytest.mark.parametrize(
    ("value", "kept"),
    [(19.99, 199_900), ("0.00005", 0), (0.1, 1000), (-5, -50_000), ("1e2", 10**6)],
)
def test_amounts_keep_four_places(value, kept):
    assert check(view(conversion_value=value)).columns.values["conversion_value"] == [kept]


def test_properties_become_text():
    given = {"a": 1, "b": 1.5, "c": True, "d": None, "e": "text"}
    [kept] = check(view(properties=given)).columns.values["properties"]
    assert kept == {"a": "1", "b": "1.5", "c": "true", "e": "text"}


def test_other_currency_is_converted_at_the_organizations_rate():
    values = check(view(conversion_value="10.00", currency="eur")).columns.values
    assert values["conversion_value"] == [110_000]
    assert values["currency"] == ["USD"]
    assert values["properties"] == [{"original_value": "10", "original_currency": "EUR"}]


def test_currency_without_a_rate_is_refused():
    assert errors(view(conversion_value=1, currency="CHF")) == [(0, "currency", "no_rate")]
    assert errors(view(currency="CHF")) == []


@pytest.mark.parametrize("amount", ["1e999990", "1e9999999", "-1e99999", 1e308])
def test_an_amount_of_a_million_digits_is_refused_without_writing_it_out(amount):
    assert errors(view(conversion_value=amount)) == [(0, "conversion_value", "out_of_range")]


def test_unknown_fields_are_named_up_to_a_bound_an_event():
    events = [view(**{f"evnt_{index}_{field}": 1 for field in range(50)}) for index in range(100)]
    checked = check(*events)
    assert checked.rejected == 100
    assert len(checked.errors) == 100 * UNKNOWN_NAMED
