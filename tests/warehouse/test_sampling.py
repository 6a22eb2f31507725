"""A sample takes whole visitors, scales what it counts and says how far off that may be."""

from decimal import Decimal

import pytest

from tests.warehouse.asking import NOON, ask, tell
from tests.warehouse.test_language import faults

pytestmark = pytest.mark.django_db


def test_a_sample_is_of_whole_visitors_and_scaled(clickhouse):
    events = [{"visitor_id": f"v{number % 200}", "page_views": 1} for number in range(600)]
    organization = tell(clickhouse, *events)
    found = ask(
        clickhouse,
        organization,
        dimensions=["visitor_id"],
        metrics=["events", "visitors", "sessions", "page_views", "events_per_session"],
        sample=0.25,
        limit=1000,
    )
    taken = len(found["rows"])
    assert 20 < taken < 90
    assert {tuple(row[1:]) for row in found["rows"]} == {(12, 4, 4, 12, 3)}
    assert found["meta"]["exact"]["sampled"] == 0.25
    whole = ask(clickhouse, organization, metrics=["visitors"], sample=0.25)
    assert whole["rows"] == [[taken * 4]]
    assert whole["meta"]["exact"]["error"] == pytest.approx(
        Decimal((0.75 / taken) ** 0.5), abs=Decimal("1e-4")
    )


def test_more_of_a_sample_holds_all_of_less(clickhouse):
    organization = tell(clickhouse, *({"visitor_id": f"v{number}"} for number in range(100)))
    asked = {"dimensions": ["visitor_id"], "limit": 1000}
    less, more = (
        {row[0] for row in ask(clickhouse, organization, sample=share, **asked)["rows"]}
        for share in (0.2, 0.6)
    )
    assert less < more


def test_a_sample_of_all_is_exact(clickhouse):
    organization = tell(clickhouse, {}, {})
    found = ask(clickhouse, organization, sample=1)
    assert found["rows"] == [[2]]
    assert found["meta"]["exact"] is True


@pytest.mark.parametrize("share", [0, -1, 1.1, True, "0.5", []])
def test_only_a_share_is_a_sample(share):
    assert faults({"sample": share})["sample"].code == "invalid"


def test_many_visitors_in_a_rollup_are_told_within_an_error(clickhouse):
    events = [{"visitor_id": f"v{number}"} for number in range(5000)]
    organization = tell(clickhouse, *events)
    rough = ask(clickhouse, organization, metrics=["visitors"])
    assert rough["meta"]["table"] == "acquisition_1d"
    assert rough["meta"]["exact"] == {"error": Decimal("0.003"), "sampled": None}
    assert rough["rows"][0][0] == pytest.approx(5000, rel=0.02)
    exact = ask(clickhouse, organization, metrics=["visitors"], exact=True)
    assert exact["meta"]["exact"] is True
    assert exact["rows"] == [[5000]]


def test_the_error_of_shared_sessions_is_not_known(clickhouse):
    events = [{"visitor_id": f"v{number}", "session_id": f"s{number // 2}"} for number in range(40)]
    organization = tell(clickhouse, *events)
    found = ask(clickhouse, organization, metrics=["sessions"], sample=0.5)
    assert found["meta"]["exact"] == {"error": None, "sampled": Decimal("0.5")}


@pytest.mark.parametrize(
    "body",
    [{"compare": "previous_period"}, {"dimensions": ["source"], "totals": True}],
)
def test_no_rough_count_goes_unsaid(clickhouse, body):
    april = NOON.replace(month=4)
    many = [
        {"visitor_id": f"v{number}", "event_time": april, "source": "ab"[number % 2]}
        for number in range(5000)
    ]
    if "totals" in body:
        many = [event | {"event_time": NOON} for event in many]
    organization = tell(clickhouse, *many, {})
    found = ask(clickhouse, organization, metrics=["visitors"], **body)
    assert found["meta"]["exact"] == {"error": Decimal("0.003"), "sampled": None}
