"""Invented funnels by entry time and by what an event of the run says, against the reference."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.warehouse.studies import funnels
from tests.warehouse.studies.asking import ask
from tests.warehouse.studies.test_funnels_found import (
    BEGIN,
    body_of,
    histories,
    questions,
    rounded,
    shown,
    stored,
)

pytestmark = pytest.mark.django_db

SOURCES = ["ads", "mail", ""]
ZONES = ["UTC", "Asia/Kathmandu"]


@pytest.mark.parametrize("attribution", ["first_touch", "last_touch", "all"])
def test_a_breakdown_takes_the_value_of_the_run_that_counts(clickhouse, attribution):
    @settings(
        max_examples=3,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(questions("ordered"), st.randoms(use_true_random=False), st.sampled_from(ZONES))
    def compare(asked, random, zone):
        events = [event | {"source": random.choice(SOURCES)} for event in histories(random, asked)]
        body = body_of(asked, zone) | {"breakdown": "source", "granularity": "minute"}
        answer = ask(
            clickhouse,
            "funnel",
            stored(clickhouse, events),
            **body,
            breakdown_attribution=attribution,
        )
        expected = reference(events, asked, attribution, zone)
        found = {key: rows for key, rows in shown(answer).items() if rows[0][0]}
        assert rounded(found) == rounded(expected), asked

    compare()


def test_the_event_that_ends_a_run_is_one_with_which_it_does_end(clickhouse):
    asked = {
        "steps": ["b", None, "b", "b"],
        "order": "ordered",
        "within": 5,
        "range_end": 25,
        "exclusions": [("d", 3, 4)],
    }
    # With the first of those at 2 the run would go on to the other, and be spoiled.
    rows = [(2, "d", ""), (2, "b", "ads"), (1, "e", "mail"), (3, "d", "ads"), (0, "b", "")]
    events = [
        {"at": at, "name": name, "who": "v", "no": number, "source": source}
        for number, (at, name, source) in enumerate(rows)
    ]
    body = body_of(asked) | {"breakdown": "source", "granularity": "minute"}
    answer = ask(
        clickhouse,
        "funnel",
        stored(clickhouse, events),
        **body,
        breakdown_attribution="last_touch",
    )
    assert rounded(shown(answer)) == rounded(reference(events, asked, "last_touch", "UTC"))
    assert [value for _, value in shown(answer)] == ["ads"]


def reference(events, asked, attribution, zone):
    def bucket_of(event):
        moment = (BEGIN + timedelta(seconds=event["at"])).astimezone(ZoneInfo(zone))
        return moment.replace(second=0).isoformat()

    def value_of(run):
        return run[-1 if attribution == "last_touch" else 0]["source"] or None

    if attribution != "all":
        return funnels.answer(events, asked, value_of, bucket_of)
    found: dict[object, object] = {}
    for source in SOURCES:
        own = [event for event in events if event["source"] == source]
        found |= funnels.answer(own, asked, value_of, bucket_of)
    return found
