"""Long histories: the event store tries several starts of a visitor and hands on the rest."""

from statistics import mean

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.warehouse.studies.asking import ask, study
from tests.warehouse.studies.test_funnels_found import body_of, rounded, shown, stored
from warehouse.sql.compiled import compile_query
from warehouse.studies.in_order import Ordered
from warehouse.studies.visitor import Ban, Run, Visitor, better

pytestmark = pytest.mark.django_db

VISITORS, ROWS, LAST = 120, 40, 200


@st.composite
def questions(draw):
    """Return a question whose exclusions are over all steps."""
    steps = draw(st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=6))
    exclusions = [("x", 1, len(steps))] * draw(st.integers(0, 1))
    within = draw(st.integers(5, 60))
    return {"steps": steps, "order": "ordered", "within": within, "exclusions": exclusions}


def histories(random):
    """Return many events of each visitor, no two of them at one moment."""
    return [
        {"at": at, "name": random.choice(["a", "b", "c", "c", "x"]), "who": who, "no": at}
        for who in map(str, range(VISITORS))
        for at in random.sample(range(LAST), random.randint(1, ROWS))
    ]


def reference(events, asked):
    """Return how many reach each step and after how many seconds on average.

    By the best run of every start of each visitor.
    """
    names = ["a", "b", "c"]
    reached: list[list[int]] = [[] for _ in asked["steps"]]
    for who in {event["who"] for event in events}:
        own = sorted((one["at"], one["name"]) for one in events if one["who"] == who)
        rows = [(at, 1 << names.index(name)) for at, name in own if name in names]
        bars = [at for at, name in own if name == "x"]
        bans = [Ban(0, len(reached) - 1, bars)] if asked["exclusions"] else []
        steps = [1 << names.index(name) for name in asked["steps"]]
        visitor = Visitor(rows, steps, bans, asked["within"])
        best: Run = ()
        for start in visitor.starts(steps[0]):
            best = better(Ordered(visitor, visitor.rows[start][0]).best((start,)), best)
        for step, moment in enumerate(best):
            reached[step].append(moment - best[max(step - 1, 0)])
    return [
        (len(waits), mean(waits) if step and waits else None) for step, waits in enumerate(reached)
    ]


def test_visitors_of_many_starts_are_counted_as_by_trying_them_all(embedded_engine):
    @settings(
        max_examples=6,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(questions(), st.randoms(use_true_random=False))
    def compare(asked, random):
        events = histories(random)
        body = body_of(asked) | {"time_range": {"start": "2024-05-15", "end": "2024-05-15"}}
        answer = ask(embedded_engine, "funnel", stored(embedded_engine, events), **body)
        (cells,) = rounded(shown(answer)).values()
        (expected,) = rounded({0: reference(events, asked)}).values()
        assert [(count, average) for count, average, _ in cells] == expected, asked

    compare()


def test_a_statement_grows_little_with_its_steps():
    def length(count):
        query = study("funnel", "acme", steps=[f"s{index}" for index in range(count)])
        return len(compile_query(query)[1].text)

    assert length(20) < 3 * length(2)
