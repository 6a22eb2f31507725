"""`GET /reports`."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reports.models import Report
from tests.reports.doors import QUERY, bad_fields, caller_of, get, post, problem, submitted


def test_reports_are_listed_newest_first_in_pages(caller):
    ids = [submitted(caller, {**QUERY, "limit": n})["id"] for n in range(1, 6)]
    seen, address = [], "/reports?limit=2"
    while address:
        page = get(caller, address).json()
        seen += [report["id"] for report in page["items"]]
        address = page["next"] and page["next"].partition("/api/v1")[2]
    assert seen == ids[::-1]


def test_a_long_list_costs_no_more_queries_than_a_short_one(caller, django_assert_num_queries):
    for n in range(1, 4):
        submitted(caller, {**QUERY, "limit": n})
    with CaptureQueriesContext(connection) as short:
        get(caller, "/reports?limit=1")
    queries = len(short)
    for n in range(4, 12):
        submitted(caller, {**QUERY, "limit": n})
    with django_assert_num_queries(queries):
        items = get(caller, "/reports").json()["items"]
    assert [report["progress"]["queue_position"] for report in items] == list(range(11, 0, -1))


def test_filters_narrow_the_list(caller):
    query = submitted(caller)["id"]
    traffic = post(caller, "/reports", {"kind": "traffic", "request": {}}).json()["id"]
    post(caller, f"/reports/{query}/cancel")

    def listed(filters):
        return [report["id"] for report in get(caller, f"/reports?{filters}").json()["items"]]

    assert listed("kind=traffic") == [traffic]
    assert listed("status=cancelled") == [query]
    assert listed("status=queued,cancelled&kind=query,traffic") == [traffic, query]
    created = Report.objects.get(pk=query).created_at
    late = (created + timedelta(days=1)).isoformat()
    assert listed(f"created_before={late}") == [traffic, query]  # its plus sign is not escaped
    assert listed(f"created_after={late.replace('+00:00', 'Z')}") == []


def test_a_stranger_sees_none_of_them(caller, stranger, client, acme):
    submitted(caller)
    assert get(stranger, "/reports").json() == {"items": [], "next": None}
    problem(get(client, "/reports"), 401)
    problem(get(caller_of(acme, ["events:write"]), "/reports"), 403)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status"),
        ("kind=trafic", "kind"),
        ("created_after=yesterday", "created_after"),
        ("created_before=2024-01-01T00:00:00", "created_before"),
        ("created_before=2024-02-31T00:00:00Z", "created_before"),
        ("created_before=9999-12-31T23:59:59-14:00", "created_before"),
        ("created_after=0001-01-01T00:00:00%2B14:00", "created_after"),
        ("limit=201", "limit"),
        ("limit=0", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=abc", "cursor"),
        ("colour=red", "colour"),
    ],
)
def test_a_bad_filter_is_refused_by_name(caller, query, field):
    answer = get(caller, f"/reports?{query}")
    document = problem(answer, 400)
    assert field in [error["field"] for error in document.get("errors", [{"field": "cursor"}])]


def test_nearest_names_are_offered(caller):
    assert "traffic" in bad_fields(get(caller, "/reports?kind=trafic"))["kind"]
