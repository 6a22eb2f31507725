"""`/analytics/discovery` and `/patterns` as callers see them."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from discovery.models import Pattern
from tests.discovery.patterns import worlds
from tests.discovery.planted import pattern
from tests.engine import store
from tests.reports.doors import (  # noqa: F401
    bad_fields,
    caller,
    caller_of,
    get,
    post,
    problem,
    stranger,
    wired,
    worker,
)
from warehouse.tenancy.models import AuditEntry

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
MAY = {"time_range": {"start": "2024-05-01", "end": "2024-05-30"}}
FLAT = "start_date=2024-05-01&end_date=2024-05-30"


@pytest.fixture
def month(clickhouse, acme):
    """A month of Acme's with a burst and a cluster in it."""
    store(clickhouse, worlds.events(str(acme.pk), 0), counted=False)


def test_what_a_report_finds_is_listed_dismissed_and_seen_as_a_query(
    caller,  # noqa: F811
    worker,  # noqa: F811
    month,
):
    answer = get(caller, f"/analytics/discovery?{FLAT}&max_patterns=5", Prefer="wait=30")
    assert answer.status_code == 200, answer.content
    found = answer.json()
    rows = [dict(zip([c["name"] for c in found["columns"]], r, strict=True)) for r in found["rows"]]
    assert isinstance(rows[0]["filters"], list)
    assert rows[0]["time_range"]["start"]
    body = MAY | {"max_patterns": 5, "include": ["clusters", "anomalies"]}
    assert post(caller, "/analytics/discovery", body, Prefer="wait=30").json() == found

    listed = get(caller, "/patterns").json()
    assert [one["pattern_id"] for one in listed["items"]] == [one["pattern_id"] for one in rows]
    for told, row in zip(listed["items"], rows, strict=True):
        assert {name: told[name] for name in row} == row
    for one in listed["items"]:
        shown = post(caller, one["links"]["query"].removeprefix("/api/v1"), one["query"],
                     Prefer="wait=30").json()  # fmt: skip
        assert shown["rows"][0][:2] == [one["sample_size"], one["potential_reach"]]

    gone = rows[0]["pattern_id"]
    assert post(caller, f"/patterns/{gone}/dismiss").json()["dismissed_by"].startswith("key:")
    again = {"Cache-Control": "no-cache", "Prefer": "wait=30"}
    answer = post(caller, "/analytics/discovery", MAY | {"max_patterns": 5}, **again)
    assert [row[1] for row in answer.json()["rows"]] == [one["pattern_id"] for one in rows]
    assert gone not in [one["pattern_id"] for one in get(caller, "/patterns").json()["items"]]


def test_every_format_holds_lists_and_rules(caller, worker, month):  # noqa: F811
    request = {"kind": "discovery", "request": MAY}
    report = post(caller, "/reports", request).json()["id"]
    for _ in range(600):
        if (status := get(caller, f"/reports/{report}").json()["status"]) == "succeeded":
            break
        get(caller, f"/analytics/discovery?{FLAT}", Prefer="wait=1")
    assert status == "succeeded"

    def read(name):
        answer = get(caller, f"/reports/{report}/result?format={name}", Prefer="wait=30")
        return b"".join(answer.streaming_content)

    rules = [row[14] for row in orjson.loads(read("json"))["rows"]]
    assert rules[0][0]["field"] == "campaign_id"
    lines = list(csv.DictReader(io.StringIO(read("csv").decode())))
    assert [orjson.loads(line["filters"]) for line in lines] == rules
    table = pq.read_table(io.BytesIO(read("parquet"))).to_pylist()
    assert [orjson.loads(row["filters"]) for row in table] == rules
    arrow = pa.ipc.open_file(read("arrow")).read_all().to_pylist()
    assert [orjson.loads(row["filters"]) for row in arrow] == rules
    assert [orjson.loads(line)["filters"] for line in read("ndjson").splitlines()] == rules
    assert read("xlsx").startswith(b"PK")


def test_too_little_data_is_422_and_nothing_is_kept(caller, worker):  # noqa: F811
    answer = get(caller, f"/analytics/discovery?{FLAT}", Prefer="wait=30")
    assert problem(answer, 422)["code"] == "not-enough-data"
    assert not Pattern.objects.exists()


def test_bad_fields_are_named_all_at_once(caller):  # noqa: F811
    body = {"min_traffic": 0, "max_patterns": 101, "include": ["waves"], "metrics": [], "limit": 5}
    told = set(bad_fields(post(caller, "/analytics/discovery", body)))
    assert told == {"min_traffic", "max_patterns", "include[0]", "metrics", "limit"}
    assert set(bad_fields(get(caller, "/analytics/discovery?include=waves&min_traffic=x"))) == {
        "include[0]",
        "min_traffic",
    }
    leaf = {"field": "source", "operator": "eq", "value": "x"}
    many = post(caller, "/analytics/discovery", {"filters": [leaf] * 81})
    assert set(bad_fields(many)) == {"filters"}


def test_lists_are_paged_by_value_and_filtered(caller, acme, globex):  # noqa: F811
    for value in ("7.5", "7.5", "-3", "0", "12345678901234567890.1234"):
        pattern(acme, now=NOW, estimated_value=Decimal(value))
    pattern(acme, now=NOW, kind="anomaly", estimated_value=9)
    pattern(acme, now=NOW, dismissed_at=NOW, estimated_value=1)
    pattern(globex, now=NOW)
    found, path = [], "/patterns?limit=2"
    while path:
        page = get(caller, path).json()
        found += page["items"]
        path = page["next"] and page["next"].partition("/api/v1")[2]
    values = [one["estimated_value"] for one in found]
    assert values == sorted(values, reverse=True)
    assert len({one["pattern_id"] for one in found}) == 6
    assert len(get(caller, "/patterns?dismissed=true").json()["items"]) == 1
    assert len(get(caller, "/patterns?kind=anomaly").json()["items"]) == 1
    assert len(get(caller, "/patterns?kind=anomaly,cluster").json()["items"]) == 6
    bad = get(caller, "/patterns?kind=wave&dismissed=maybe&x=1")
    assert set(bad_fields(bad)) == {"kind", "dismissed", "x"}
    assert set(bad_fields(get(caller, "/patterns?kind="))) == {"kind"}
    for cursor in ("WyJ4IiwxXQ", "WyJOYU4iLDFd", "WyIxZTk5OTkiLDFd"):
        assert set(bad_fields(get(caller, f"/patterns?cursor={cursor}"))) == {"cursor"}


def test_dismissing_takes_a_scope_and_is_idempotent(caller, acme, stranger):  # noqa: F811
    one = pattern(acme, now=NOW, end=NOW + timedelta(hours=1))
    path = f"/patterns/{one.pk}"
    reader = caller_of(acme, ["reports:read"])
    assert get(reader, path).json()["links"]["self"] == f"/api/v1{path}"
    problem(post(reader, f"{path}/dismiss"), 403)
    for word in ("dismiss", "restore"):
        problem(post(stranger, f"{path}/{word}"), 404)
        problem(post(caller, f"/patterns/{uuid.uuid4()}/{word}"), 404)
        problem(post(caller, f"/patterns/none/{word}"), 404)
    problem(get(stranger, path), 404)
    assert set(bad_fields(post(caller, f"{path}/dismiss", {"why": "x"}))) == {"why"}
    first = post(caller, f"{path}/dismiss").json()
    assert post(caller, f"{path}/dismiss").json() == first
    assert get(caller, path).json()["dismissed_at"] == first["dismissed_at"]
    assert post(caller, f"{path}/restore").json()["dismissed_at"] is None
    assert list(AuditEntry.objects.order_by("at").values_list("action", flat=True)) == [
        "pattern.dismissed",
        "pattern.restored",
    ]
