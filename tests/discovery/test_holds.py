"""What Python says of an event before it is stored is what the event store says of it then."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from enrichment import giving, pipeline, tables
from enrichment.columns import Columns
from enrichment.parcels import Parcel
from enrichment.validation import validate
from tests.enrichment.senders import NOW
from warehouse.language import catalog, holds, zones
from warehouse.language.fields import FIELDS, SESSION
from warehouse.language.parse import parse_query
from warehouse.language.query import Leaf, leaves
from warehouse.language.standing import StandingRule
from warehouse.language.values import BY_KIND
from warehouse.planner.grain import steady
from warehouse.sql import rows, where
from warehouse.sql.binder import Binder
from warehouse.sql.moments import Clock
from warehouse.sql.where import Place
from warehouse.tenancy.principal import Tenant

ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe")
TEXTS = ("a", "A", "ab", "ä", "Ä", "🦊", "a%_", "b'", '"', "\\", "\t", "z" * 60, "10", "9", "1e1")
DAYS = ("2025-10-26", "2025-10-27", "2026-03-07", "2026-03-08", "2026-03-09")
NUMBERS = (0, 1, 5, 9, 10, 12, 23, 1.5, -1, 4_000_000_000, 19.99, 0.00005, 1.00005)
TIMES = tuple(
    f"{day}T{clock}"
    for day in DAYS[1:]
    for clock in ("00:00:00Z", "02:29:59.999Z", "23:59:59+02:00", "22:00:00.001-03:30")
)
OURS = [
    name
    for name, field in FIELDS.items()
    if field.scope != SESSION and name not in {*holds.STORED_ONLY, *catalog.METRICS}
]
NAMES = (*OURS, "properties.plan", "properties.size", "properties.none")
MINUTES = 60
WHOLE = {"start": "2025-10-01", "end": "2026-04-30"}


def events():
    """Events that have much in common with what they are compared with."""
    dice = random.Random(7)

    def some(values):
        return dice.choice((None, *values))

    for number in range(MINUTES):
        wanted = {
            "event_time": dice.choice(TIMES),
            "event_name": dice.choice(TEXTS),
            "event_id": str(number),
            **{name: some(TEXTS) for name in ("visitor_id", "source", "medium", "term", "content")},
            **{name: some(TEXTS) for name in ("campaign_id", "click_id", "channel", "session_id")},
            "url": some(("https://a.example/A?b", "https://b.example", "/ä")),
            "referrer": some(("https://a.example/x",)),
            "session_duration": some((0, 5, 10, 4_000_000_000)),
            "conversion_event": some(("purchase", "a")),
            "conversion_value": some((0, 1, 1.5, 19.99, -1, 0.0001)),
            "conversion_time": some(TIMES),
            "currency": some(("USD",)),
            "user_agent": some(("Googlebot/2.1", "Mozilla/5.0 Firefox")),
            "properties": some(({"plan": dice.choice(TEXTS)}, {"size": "", "plan": "10"})),
        }
        yield {name: value for name, value in wanted.items() if value is not None}


@pytest.fixture(scope="module")
def parcel(clickhouse):
    """The events as the intake has them, which are stored as well."""
    checked = validate(list(events()), tenant=Tenant(id="holds", slug="holds"), now=NOW)
    assert not checked.errors
    found = pipeline.run(checked.columns, pipeline.Context(salt=b"salt"))
    made = Parcel("batch", "holds", NOW, found)
    clickhouse.insert("analytics_events", tables.table([made]), token="holds")
    return made


def kind_of(name):
    field = catalog.field(name)
    assert field
    return field.kind


def values(name):
    pools = {
        "boolean": (True, False), "integer": NUMBERS, "decimal": NUMBERS, "date": DAYS,
        "time": TIMES, "property": (*TEXTS, True),
    }  # fmt: skip
    return st.sampled_from(pools.get(kind_of(name), TEXTS))


@st.composite
def comparisons(draw):
    name = draw(st.sampled_from(NAMES))
    operator = draw(st.sampled_from(sorted(BY_KIND[kind_of(name)] - {"matches"})))
    leaf = {"field": name, "operator": operator}
    if operator in {"is_null", "is_not_null"}:
        return leaf
    if operator == "between":
        return leaf | {"values": [draw(values(name)), draw(values(name))]}
    if operator in {"in", "not_in"}:
        return leaf | {"values": draw(st.lists(values(name), min_size=1, max_size=4))}
    return leaf | {"value": draw(values(name))}


FILTERS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"and": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"or": some}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=4,
)


def told(clickhouse, query):
    """What the event store says: for each condition, of which events it holds."""
    binder = Binder()
    clock = Clock(rows.EVENT_SECOND, steady=steady(query, query.window))
    texts = where.conditions(query.where, Place(binder, clock))
    columns = ", ".join(("event_id", *texts))
    text = f"SELECT {columns} FROM trellis.events(organization_id='holds')"
    found = clickhouse.run(binder.template(text).fill(query), tag="test").rows
    by_number = sorted(found, key=lambda row: int(row[0]))
    return [[bool(one) for one in column] for column in zip(*by_number, strict=True)][1:]


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    filters=st.lists(comparisons(), min_size=12, max_size=12),
    nested=st.lists(FILTERS, max_size=2),
    zone=st.sampled_from(ZONES),
)
def test_both_say_the_same(clickhouse, parcel, filters, nested, zone):
    query = parse_query(
        {
            "filters": [*filters, *nested],
            "time_range": WHOLE,
            "timezone": zone,
        },
        organization="holds",
        timezone="UTC",
        now=NOW,
    )
    kept = [one for one in query.where if not any(map(holds.refusal, leaves(one)))]
    query = replace(query, where=tuple(kept))
    events = holds.Events(parcel.columns.get, parcel.columns.count)
    held = [holds.holding((one,), events, zone) for one in kept]
    assert dict(zip(map(repr, kept), held, strict=True)) == dict(
        zip(map(repr, kept), told(clickhouse, query), strict=True)
    )
    every = [all(column) for column in zip(*held[:2], strict=True)]
    assert holds.holding(kept[:2], events, zone) == every


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    rules=st.lists(
        st.tuples(st.lists(FILTERS, min_size=1, max_size=2), st.sampled_from(ZONES)),
        min_size=1, max_size=5,
    ),
    start=st.sampled_from(TIMES),
    cut=st.integers(0, MINUTES),
)  # fmt: skip
def test_each_event_is_given_to_the_first_of_several_that_has_it(
    clickhouse, parcel, rules, start, cut
):
    """What is given as events are stored is told once more, an event at a time, by the store."""
    standing, said = [], []
    since = round(datetime.fromisoformat(start).timestamp() * 1000)
    for number, (filters, zone) in enumerate(rules):
        query = parse_query(
            {"filters": filters, "time_range": WHOLE, "timezone": zone},
            organization="holds",
            timezone="UTC",
            now=NOW,
        )
        kept = tuple(one for one in query.where if not any(map(holds.refusal, leaves(one))))
        standing.append(StandingRule(f"c{number}", f"a{number}", since, zone, kept))
        columns = told(clickhouse, replace(query, where=kept))
        said.append([all(column) for column in zip(*columns, strict=True)] or [True] * MINUTES)
    whole = parcel.columns
    parts = [whole.take(range(cut)), whole.take(range(cut, MINUTES))]
    giving.give(parts, standing)
    for row in range(MINUTES):
        part, at = (parts[0], row) if row < cut else (parts[1], row - cut)
        found = part.get("campaign_id")[at], part.get("campaign_assignment")[at]
        mine, bot, time = (whole.get(n)[row] for n in ("campaign_id", "is_bot", "event_time"))
        first = next((n for n, column in enumerate(said) if column[row]), None)
        taken = mine or bot or time < since or first is None
        assert found == ((mine, None) if taken else (f"c{first}", f"a{first}"))


def test_rules_are_asked_only_about_what_is_nobodys_until_nothing_is():
    asked = []

    class Counting(StandingRule):
        def holding(self, events):
            asked.append(events.get("source"))
            return super().holding(events)

    part = Columns(
        4,
        {
            "source": ["x", "y", "named", "bot"],
            "campaign_id": ["", None, "autumn", ""],
            "is_bot": [False, False, False, True],
            "event_time": [0] * 4,
        },
    )
    rules = [Counting(one, one, 0, "UTC", (Leaf("source", "eq", (one,)),)) for one in "zxyx"]
    giving.give([part], rules)
    assert asked == [["x", "y"], ["x", "y"], ["y"]]
    assert part.get("campaign_id") == ["x", "y", "autumn", ""]
    assert part.get("campaign_assignment") == ["x", "y", None, None]


@pytest.mark.parametrize("zone", [*ZONES, "Pacific/Apia", "Africa/Monrovia", "Asia/Kathmandu"])
def test_clocks_are_those_of_the_zone_also_where_they_are_turned(zone):
    dice = random.Random(3)
    turned = [1774745999, 1774746000, 1325239199, 1325239200, 63593069, 63593070, -1]
    seconds = turned + [dice.randrange(-(10**8), 2 * 10**9) for _ in range(2_000)]
    events = holds.Events(lambda _: [second * 1000 for second in seconds], len(seconds))
    shown = [zones.local(datetime.fromtimestamp(second, UTC), zone) for second in seconds]
    assert events.values("hour_of_day", zone) == [one.hour for one in shown]
    assert events.values("weekday", zone) == [one.isoweekday() for one in shown]


@pytest.mark.parametrize("name", sorted(holds.STORED_ONLY))
def test_what_only_the_store_knows_is_refused(name):
    assert name in FIELDS
    leaf = Leaf(name, "is_null")
    assert "known only once an event is stored" in holds.refusal(leaf)
    with pytest.raises(ValueError, match=name):
        holds.holding((leaf,), holds.Events(lambda _: [None], 1), "UTC")


def test_every_other_field_is_one_that_the_intake_fills_or_leaves_empty():
    filled = {*tables.FILLED, "event_date", "hour_of_day", "weekday"}
    blank = {"device_type", "browser", "os", "is_mobile", "country", "region", "city", "timezone"}
    assert set(OURS) - filled == blank


def test_a_rule_stands_from_at_its_millisecond():
    rule = StandingRule("c", "a", 1_000, "UTC", (Leaf("source", "eq", ("x",)),))
    columns: dict[str, list[Any]] = {"source": ["x", "x", "y"], "event_time": [999, 1_000, 1_001]}
    assert rule.holding(holds.Events(columns.__getitem__, 3)) == [False, True, False]
