"""Invents events and questions about them, of every kind that the language knows."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.warehouse import reference
from warehouse.language import zones

# Where clocks are turned, by whole and half hours, at midnight too, and one that never is.
PLACES = [
    ("Europe/Berlin", reference.at(2024, 10, 27, 0)),
    ("America/New_York", reference.at(2024, 3, 10, 6)),
    ("America/Santiago", reference.at(2024, 9, 8, 3)),
    ("America/Santiago", reference.at(2024, 9, 8, 5)),
    ("America/Havana", reference.at(2024, 11, 3, 4)),
    ("Australia/Lord_Howe", reference.at(2024, 4, 6, 14)),
    ("Australia/Lord_Howe", reference.at(2024, 10, 5, 15)),
    ("Asia/Kathmandu", reference.at(2024, 1, 1, 0)),
    ("UTC", reference.at(2024, 2, 29, 0)),
]
NOW = reference.at(2025, 1, 1)
WORDS = ["", "google", "bing", "x' OR 1=1 --", "ünï\\code\n"]
ROLLED = ["source", "medium", "channel", "campaign_id", "path", "event_name", "country"]
OF_SESSIONS = ["landing_page", "exit_page", "session_source", "session_campaign_id"]
TEXT_FIELDS = [*ROLLED, *OF_SESSIONS, "properties.plan", "visitor_id"]
TIMES = ["event_date", "hour_of_day", "weekday"]
ORDERS = ["eq", "ne", "gt", "gte", "lt", "lte"]
texts = st.sampled_from(WORDS[1:])


@st.composite
def events(draw, around):
    return {
        "event_time": around
        + timedelta(
            minutes=draw(st.sampled_from([-1500, -95, -61, -60, -31, -30, -29, -1, 0, 1, 29]))
            + draw(st.integers(0, 90)),
            milliseconds=draw(st.sampled_from([0, 1, 999])),
        ),
        "event_name": draw(st.sampled_from(["click", "view", "signup"])),
        "visitor_id": draw(st.sampled_from(["v1", "v2", "v3", ""])),
        "session_id": draw(st.sampled_from(["", "", "", "s1", "v2"])),
        "click_id": draw(st.sampled_from(["", "", "c1", "c2"])),
        "source": draw(st.sampled_from(WORDS)),
        "medium": draw(st.sampled_from(WORDS[:3])),
        "channel": draw(st.sampled_from(["", "Direct"])),
        "campaign_id": draw(st.sampled_from(["", "summer", "winter"])),
        "path": draw(st.sampled_from(["", "/", "/a", "/b"])),
        "country": draw(st.sampled_from(["", "DE", "IN"])),
        "page_views": draw(st.integers(0, 2)),
        "session_duration": draw(st.sampled_from([0, 0, 0, 7])),
        "fraud_score": draw(st.sampled_from([0.0, 12.5, 80.0, 99.9375])),
        "quality_score": draw(st.sampled_from([100.0, 33.25])),
        "conversion_event": draw(st.sampled_from(["", "", "buy"])),
        "conversion_value": draw(st.decimals(0, 100, places=4)),
        "is_bot": draw(st.sampled_from([0, 0, 0, 1])),
        "properties": draw(
            st.dictionaries(
                st.sampled_from(["plan", "it's {x:String}"]),
                st.sampled_from(["9", "10", "10.5", "pro", ""]),
            )
        ),
    }


def text_leaf(field):
    one = st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(
                [
                    "eq",
                    "ne",
                    "gt",
                    "gte",
                    "lt",
                    "lte",
                    "contains",
                    "not_contains",
                    "starts_with",
                    "ends_with",
                ]
            ),
            "value": texts,
        }
    )
    several = st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(["in", "not_in"]),
            "values": st.lists(texts, min_size=1, max_size=3),
        }
    )
    between = st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.just("between"),
            "values": st.tuples(texts, texts).map(list),
        }
    )
    absent = st.fixed_dictionaries(
        {"field": st.just(field), "operator": st.sampled_from(["is_null", "is_not_null"])}
    )
    return one | several | between | absent


def number_leaf(field):
    return st.fixed_dictionaries(
        {
            "field": st.just(field),
            "operator": st.sampled_from(ORDERS),
            "value": st.sampled_from([0, 1, 2, 9, 10, 10.5, 50]),
        }
    )


def nested(leaf):
    return st.recursive(
        leaf,
        lambda inner: (
            st.lists(inner, min_size=1, max_size=2).map(lambda members: {"and": members})
            | st.lists(inner, min_size=1, max_size=2).map(lambda members: {"or": members})
            | inner.map(lambda member: {"not": member})
        ),
        max_leaves=4,
    )


def date_leaf(around):
    days = [(around + timedelta(days=shift)).date().isoformat() for shift in (-1, 0, 1)]
    return st.fixed_dictionaries(
        {
            "field": st.just("event_date"),
            "operator": st.sampled_from(ORDERS),
            "value": st.sampled_from(days),
        }
    )


def event_filters(around):
    numbers = ["conversion_value", "properties.plan", "hour_of_day", "weekday"]
    return nested(
        st.one_of(*map(text_leaf, TEXT_FIELDS), *map(number_leaf, numbers), date_leaf(around))
    )


metric_filters = nested(st.one_of(*map(number_leaf, reference.METRICS)))


def bodies(around):
    dimensions = [*TEXT_FIELDS, *TIMES, "is_bot", "properties.it's {x:String}"]
    return st.fixed_dictionaries(
        {
            "metrics": st.lists(
                st.sampled_from(list(reference.METRICS)), min_size=1, max_size=5, unique=True
            ),
            "dimensions": st.one_of(
                *(
                    st.lists(st.sampled_from(names), max_size=2, unique=True)
                    for names in (dimensions, [*ROLLED[:4], *TIMES], OF_SESSIONS)
                )
            ),
            "filters": st.one_of(
                st.lists(event_filters(around) | metric_filters, max_size=2),
                st.lists(nested(text_leaf("source") | text_leaf("medium")), max_size=1),
            ),
            "include_bots": st.booleans(),
        },
        optional={
            "granularity": st.sampled_from(["minute", "hour", "day", "week", "month", "quarter"]),
            "week_start": st.sampled_from(["monday", "sunday"]),
            "compare": st.sampled_from(["previous_period", "previous_year"]),
            "totals": st.just(True),
            "exact": st.just(True),
        },
    )


def spans(around, zone):
    """Windows with edges on days of UTC or the zone, on quarters of an hour, or anywhere."""
    today = zones.local(around, zone).date()
    midnight = around.replace(hour=0, minute=0)
    quarter = timedelta(minutes=15)
    return st.one_of(
        st.builds(
            lambda before, after: (
                zones.day_start(today - timedelta(days=before), zone),
                zones.day_start(today + timedelta(days=after), zone),
            ),
            st.integers(0, 1),
            st.integers(1, 2),
        ),
        st.builds(
            lambda before, after: (
                midnight - timedelta(days=before),
                midnight + timedelta(days=after),
            ),
            st.integers(0, 2),
            st.integers(1, 2),
        ),
        st.builds(
            lambda before, after: (around - before * quarter, around + after * quarter),
            st.integers(0, 30),
            st.integers(1, 6),
        ),
        st.builds(
            lambda before, after: (
                around - timedelta(minutes=before),
                around + timedelta(minutes=after),
            ),
            st.integers(0, 300),
            st.integers(1, 90),
        ),
    )


def comparable(body):
    return not body.get("compare") or "event_date" not in body["dimensions"]
