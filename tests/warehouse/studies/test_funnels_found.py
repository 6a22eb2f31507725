"""Invented histories by the thousand: the engine finds the runs that trying them all finds."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine import store
from tests.thorough import examples
from tests.warehouse.studies import funnels
from tests.warehouse.studies.asking import ask, table

pytestmark = pytest.mark.django_db

BEGIN = datetime(2024, 5, 15, tzinfo=UTC)
NAMES = ["a", "b", "c", "d"]
VISITORS = 250
ORDERS = {"ordered": 12, "strict": 6, "any": 6}
"""How many sets of visitors are looked at; a server is asked about few of them by default."""
LAST = 40
"""Histories are so many seconds long; the range ends before, where later events count too."""


@st.composite
def questions(draw, order):
    """Return a question about a funnel, as the reference takes it."""
    some = st.sampled_from([*NAMES, *NAMES[:2], None])
    steps = draw(st.lists(some, min_size=2, max_size=4))
    exclusions = []
    for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2]))):
        first = 1 if order == "any" else draw(st.integers(1, len(steps) - 1))
        last = len(steps) if order == "any" else draw(st.integers(first + 1, len(steps)))
        name = draw(st.sampled_from(["x", "y", *NAMES, None]))
        if name not in (steps[first - 1], steps[last - 1]):
            exclusions.append((name, first, last))
    asked = {"steps": steps, "order": order, "within": draw(st.integers(1, 30))}
    if draw(st.booleans()):
        asked["range_end"] = 25
    return asked | {"exclusions": exclusions}


def histories(random, asked):
    """Return the events of some visitors: few rows each, often several at one moment."""
    found: list[dict[str, object]] = []
    for visitor in range(VISITORS):
        span = random.choice([3, 8, LAST])
        for _ in range(random.randint(1, 6)):
            name = random.choice([*NAMES, *[one or "e" for one in asked["steps"]], "x", "y"])
            at = random.randint(0, span)
            found.append({"at": at, "name": name, "who": f"v{visitor}", "no": len(found)})
    return found


def body_of(asked, zone="UTC"):
    """Return the body of a request that asks the same."""
    end = BEGIN + timedelta(seconds=asked.get("range_end", LAST + 1))
    return {
        "time_range": {"start": BEGIN.isoformat(), "end": end.isoformat()},
        "timezone": zone,
        "steps": [{"event": name} for name in asked["steps"]],
        "order": asked["order"],
        "window": {"value": asked["within"], "unit": "second"},
        "exclusions": [
            {"event": name, "from_step": first, "to_step": last}
            for name, first, last in asked["exclusions"]
        ],
        "conversion_after_range": "range_end" in asked,
    }


def stored(clickhouse, events):
    organization = str(uuid.uuid4())
    store(
        clickhouse,
        [
            {
                "organization_id": organization,
                "event_time": BEGIN + timedelta(seconds=event["at"]),
                "event_name": event["name"],
                "visitor_id": event["who"],
                "source": event.get("source", ""),
                "received_at": BEGIN + timedelta(seconds=event["no"]),
            }
            for event in events
        ],
        counted=False,
    )
    return organization


def shown(answer):
    """Return what an answer says by step, keyed as the reference's."""
    found: dict[object, list[object]] = {}
    for row in table(answer):
        key = (row.get("time"), row.get("source"))
        cells = (row["count"], row["average_seconds"], row["median_seconds"])
        found.setdefault(key, []).append(cells)
    return found


def rounded(found):
    return {
        key: [
            tuple(cell if cell is None else round(float(cell), 4) for cell in row) for row in rows
        ]
        for key, rows in found.items()
    }


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("engine", ["embedded", "http"])
def test_a_funnel_finds_the_best_run_of_every_visitor(request, engine, order):
    clickhouse = request.getfixturevalue(f"{engine}_engine")

    @settings(
        max_examples=ORDERS[order] if engine == "embedded" else examples(2, ORDERS[order]),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(questions(order), st.randoms(use_true_random=False))
    def compare(asked, random):
        events = histories(random, asked)
        answer = ask(clickhouse, "funnel", stored(clickhouse, events), **body_of(asked))
        expected = funnels.answer(events, asked) or {
            (None, None): [(0, None, None)] * len(asked["steps"])
        }
        assert rounded(shown(answer)) == rounded(expected), asked

    compare()
