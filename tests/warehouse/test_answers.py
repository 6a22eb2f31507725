"""Random questions about random events get the answer that plain Python works out."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine import store
from tests.thorough import examples
from tests.warehouse import reference
from tests.warehouse.checked import Checked
from tests.warehouse.invented import NOW, PLACES, bodies, comparable, events, spans
from warehouse import answer, engine
from warehouse.document import Document
from warehouse.language.parse import parse_query
from warehouse.planner.plan import plan
from warehouse.tally import Tally


def run(clickhouse, body, organization, zone):
    query = parse_query(body, organization=organization, timezone=zone, now=NOW)
    tag = f"test:{organization}"
    found = engine.run(
        query, clickhouse=Checked(clickhouse), cache=None, now=NOW, tag=tag, timeout_seconds=30
    )
    return query, json.loads(found.body, parse_float=Decimal)


def thoroughly(most):
    slow = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    return settings(max_examples=most, deadline=None, suppress_health_check=slow)


@pytest.mark.django_db
@thoroughly(examples(10, 60))
@given(data=st.data())
def test_answers_equal_the_reference(embedded_engine, data):
    check_answers(embedded_engine, data)


@pytest.mark.django_db
@thoroughly(examples(3, 20))
@given(data=st.data())
def test_answers_of_a_server_equal_the_reference(http_engine, data):
    check_answers(http_engine, data)


def check_answers(clickhouse, data):
    """Store some histories at once, each an organization's own, and ask questions about each."""
    zone, around = data.draw(st.sampled_from(PLACES))
    several = st.lists(st.lists(events(around), min_size=1, max_size=12), min_size=3, max_size=3)
    told = {str(uuid.uuid4()): kept(history) for history in data.draw(several)}
    batches: tuple[list[Any], list[Any]] = ([], [])
    for organization, history in told.items():
        cut = data.draw(st.integers(0, len(history) - 1))
        for batch, part in zip(batches, (history[cut:], history[:cut]), strict=True):
            owners = (organization, "another")
            batch += [one | {"organization_id": owner} for one in part for owner in owners]
    for batch in filter(None, batches):
        store(clickhouse, batch)
    for organization, stored in told.items():
        for body in data.draw(st.lists(bodies(around).filter(comparable), min_size=4, max_size=4)):
            start, end = data.draw(spans(around, zone))
            time_range = {"start": start.isoformat(), "end": end.isoformat()}
            asked = body | {"time_range": time_range, "limit": 50_000}
            check_answer(clickhouse, organization, stored, asked, zone)


def kept(history):
    return [
        event | {"received_at": NOW + timedelta(seconds=index)}
        for index, event in enumerate(history)
    ]


def check_answer(clickhouse, organization, stored, asked, zone):
    query, found = run(clickhouse, asked, organization, zone)
    expected = reference.answer(stored, asked, zone, query.window, query.previous)
    assert rows_of(found["rows"]) == rows_of(expected), found["meta"]["table"]
    assert found["meta"]["row_count"] == len(expected)
    assert found["meta"]["exact"] is True
    if asked.get("totals") and not asked.get("compare"):
        whole = reference.totals(stored, asked, zone, query.window)
        assert list(map(plain, found["totals"].values())) == list(map(plain, whole))


def rows_of(rows):
    return sorted([tuple(map(plain, row)) for row in rows], key=repr)


def plain(cell):
    """Return a number as the answer's JSON has it: at most four places, no more than needed."""
    if isinstance(cell, float):
        cell = Decimal(str(cell))
    if not isinstance(cell, Decimal):
        return cell
    cell = cell.normalize()
    return int(cell) if cell == cell.to_integral() else cell


@pytest.mark.parametrize("count", [0, 1, answer.AT_ONCE, answer.AT_ONCE + 1])
def test_an_answer_written_in_pieces_is_one_document(count):
    asked = parse_query(
        {"dimensions": ["source"], "limit": 50_000}, organization="o1", timezone="UTC", now=NOW
    )
    rows = [(f"s{number}", number) for number in range(count)]
    rest = {"totals": None, "comparison": None, "meta": {"row_count": count}}
    tally = Tally()
    written = Document(plan(asked).columns, "UTC")
    pieces = [written.rows(page) for page in answer.pages(plan(asked), [rows], tally)]
    found = json.loads(b"".join([written.head(), *pieces, written.tail(json.dumps(rest).encode())]))
    assert tally.rows == count
    assert list(found) == ["columns", "rows", "totals", "comparison", "meta"]
    assert found["rows"] == [list(row) for row in rows]
    assert found["meta"] == {"row_count": count}
