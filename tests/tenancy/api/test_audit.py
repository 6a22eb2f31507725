"""`/audit`: everything that was done, the newest first, by filters and in pages."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest

from tests.reports.doors import bad_fields, caller_of, get, post, submitted, wired  # noqa: F401
from tests.tenancy.api.people import deeds, delete, patch
from warehouse.tenancy import audit
from warehouse.tenancy.models import AuditEntry

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def history(acme, globex):
    for hour, actor in enumerate(["user:1", "key:2", "user:1", "system"]):
        at = NOON + timedelta(hours=hour)
        audit.record(f"deed.{hour}", actor=audit.Actor(actor), organization=acme, now=at)
    audit.record("deed.strange", actor=audit.Actor(), organization=globex, now=NOON)


def found(client, query=""):
    return [one["action"] for one in get(client, f"/audit?{query}").json()["items"]]


@pytest.mark.parametrize(
    ("query", "hours"),
    [
        ("", [3, 2, 1, 0]),
        ("action=deed.1,deed.2", [2, 1]),
        ("actor=user:1", [2, 0]),
        ("actor=user:1&actor=system", [3, 2, 0]),
        (f"since={quote((NOON + timedelta(hours=1)).isoformat())}", [3, 2, 1]),
        (f"until={quote((NOON + timedelta(hours=1)).isoformat())}", [0]),
        ("since=2026-03-01T14:00:00%2B01:00&until=2026-03-01T14:00:00Z", [1]),
        ("action=deed.strange", []),
    ],
)
def test_filters_narrow_the_list(owner, history, query, hours):
    assert found(owner, query) == [f"deed.{hour}" for hour in hours]


def test_a_long_list_comes_in_pages(owner, history):
    seen, address = [], "/audit?limit=2&since=2026-01-01T00:00:00Z"
    while address:
        page = get(owner, address).json()
        seen += [one["action"] for one in page["items"]]
        address = page["next"] and page["next"].partition("/api/v1")[2]
    assert seen == ["deed.3", "deed.2", "deed.1", "deed.0"]


def test_bad_filters_are_named(owner):
    told = bad_fields(get(owner, "/audit?since=yesterday&until=2026-01-01T00:00:00&acton=x"))
    assert set(told) == {"since", "until", "acton"}


def test_what_reports_and_costs_undergo_is_on_record(acme, people, wired):  # noqa: F811
    analyst = people["analyst"]
    report = submitted(analyst)["id"]
    post(analyst, f"/reports/{report}/cancel")
    post(analyst, f"/reports/{report}/retry")
    post(analyst, f"/reports/{report}/cancel")
    delete(analyst, f"/reports/{report}")
    costs = [{"day": "2024-05-15", "campaign_id": "summer", "spend": 1}]
    for _ in "ab":
        post(analyst, "/costs", costs, Idempotency_Key="once")
    assert deeds(actor_name="analyst") == [
        "report.cancelled", "report.retried", "report.cancelled", "report.deleted",
        "costs.imported",
    ]  # fmt: skip
    entry = AuditEntry.objects.get(action="report.deleted")
    assert entry.target == f"report:{report}"
    assert entry.details == {"kind": "query", "asked_by": entry.actor}


def test_what_is_refused_or_rolled_back_is_not_on_record(acme, people, wired):  # noqa: F811
    report = submitted(people["analyst"])["id"]
    delete(people["analyst"], f"/reports/{report}")
    post(people["analyst"], f"/reports/{report}/retry")
    patch(people["owner"], "/organization", {"timezone": "x"})
    post(caller_of(acme, ["reports:read"]), f"/reports/{report}/cancel")
    assert deeds() == []
