"""Nothing a user writes ever stands in the text of a statement, whichever kind of report asks."""

import re
from copy import deepcopy

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.api.examples import REQUESTS
from reports.kinds import KINDS
from tests.warehouse.asking import NOW
from tests.warehouse.checked import check
from warehouse.exceptions import WarehouseError
from warehouse.language.beside import around
from warehouse.sql.compiled import compile_query
from warehouse.tenancy.principal import Tenant

CORE = "zqxv7"
"""Stands in every hostile text, and in nothing of ours."""
TEMPLATES = [
    "{core}",
    "{core}' OR 1=1 --",
    "'; SELECT * FROM system.users -- {core}",
    "{core}\\' UNION ALL SELECT * FROM url('http://{core}/', CSV, 'x String') --",
    "file('/etc/passwd') {core}",
    "remote('{core}', trellis.analytics_events)",
    "{core} SETTINGS additional_table_filters = {{}}",
    "{{p0:String}}{core}",
    "%(p0)s{core}",
    "`{core}`",
    "properties.{core}'] OR 1=1 --",
    "/* {core} */",
    "{core}\x00\n\\",
]
HOSTILE = st.one_of(
    st.sampled_from(TEMPLATES).map(lambda text: text.format(core=CORE)),
    st.tuples(st.text(max_size=12), st.text(max_size=12)).map(CORE.join),
)
LEAVES = [
    {"field": "source", "operator": "ne", "value": "x"},
    {"or": [{"field": "properties.plan", "operator": "in", "values": ["pro", "y"]}]},
    {"not": {"field": "path", "operator": "matches", "value": "^/z"}},
    {"field": "fraud_flags", "operator": "contains", "value": "proxy"},
    {"field": "event_date", "operator": "gte", "value": "2024-01-02"},
    {"field": "page_views", "operator": "between", "values": ["1", "5"]},
]
SHARED = {
    "time_range": {"start": "2024-01-01", "end": "2024-01-31"},
    "timezone": "Europe/Berlin",
    "filters": LEAVES,
    "metrics": ["visitors", "sessions"],
    "granularity": "day",
    "order_by": [{"field": "visitors", "direction": "desc"}],
    "breakdown": ["properties.plan", "source"],
    "dimensions": ["properties.plan", "landing_page"],
    "exclusions": [{"event": "refund", "filters": LEAVES[:1], "from_step": 1, "to_step": 2}],
    "count_by": "session",
    "dimension": "properties.plan",
    "conversion_event": "purchase",
    "week_start": "sunday",
    "compare": "previous_period",
    "click_id": "c-1",
}
DANGEROUS = re.compile(
    r"\b(url|file|remote|remoteSecure|s3|mysql|postgresql|executable|input|merge|dictGet\w*)\s*\(",
    re.IGNORECASE,
)


def bodies():
    """Yield (kind, body): what the document shows, and that with every shared field there is."""
    for kind in KINDS:
        for example in REQUESTS[kind]:
            yield kind, example.value
            for name, value in SHARED.items():
                if name in KINDS[kind].fields:
                    yield kind, {**example.value, name: value}


def places(value, path=()):
    """Yield the path of every text and of every name in `value`; a name's ends in a mark."""
    if isinstance(value, str):
        yield path
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from places(inner, (*path, index))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name, "name")
            yield from places(inner, (*path, name))


def exchanged(body, path, text):
    """Return `body` with `text` in the place of what stands at `path`."""
    whole = {"body": deepcopy(body)}
    spot, steps = whole["body"], list(path)
    if steps[-1] == "name" and isinstance(steps[-2], str):
        steps, name = steps[:-2], steps[-2]
        for step in steps:
            spot = spot[step]
        spot[text] = spot.pop(name)
    else:
        for step in steps[:-1]:
            spot = spot[step]
        spot[steps[-1]] = text
    return whole["body"]


def parsed(kind, body):
    """Return the question, or None if it is refused."""
    tenant = Tenant(id="7c1f6ee0-acme", slug="acme")
    try:
        return KINDS[kind].parse(body, tenant=tenant, now=NOW, max_limit=1000)
    except WarehouseError:
        return None


def statements(query):
    """Yield every statement that answering a question may send."""
    asked = [query, *(beside for _, beside in around(query))]
    asked += [query.in_total()] if query.totals else []
    for one in asked:
        for rolled_up in (True, False):
            yield compile_query(one, rolled_up=rolled_up)[1]


BODIES = list(bodies())
PLACES = [(kind, body, path) for kind, body in BODIES for path in places(body)]


@pytest.mark.parametrize(("kind", "body"), BODIES)
def test_every_body_is_asked_by_views_of_one_organization(kind, body):
    for query in filter(None, [parsed(kind, body)]):
        for statement in statements(query):
            check(statement)
            assert not DANGEROUS.search(statement.text)
            assert "system." not in statement.text
            assert statement.owners == ("7c1f6ee0-acme",)


@settings(max_examples=1500, deadline=None)
@given(st.sampled_from(PLACES), HOSTILE)
def test_no_text_of_a_user_stands_in_a_statement(place, text):
    kind, body, path = place
    query = parsed(kind, exchanged(body, path, text))
    for statement in statements(query) if query else ():
        assert CORE not in statement.text.lower()
        assert not DANGEROUS.search(statement.text)


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_texts_do_get_as_far_as_a_statement(kind):
    """Else the test above would be about refusals alone."""
    bound = [
        statement
        for known, body, path in PLACES
        if known == kind
        for query in [parsed(kind, exchanged(body, path, CORE))]
        if query
        for statement in statements(query)
        if CORE in repr(statement.parameters)
    ]
    assert bound
    sqlglot.parse_one(bound[0].text, dialect="clickhouse")
