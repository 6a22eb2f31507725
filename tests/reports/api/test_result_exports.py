"""`GET /reports/ID/result` of a large result: a worker makes the format, the request waits."""

import csv
import io
from dataclasses import replace

import pytest

from reports import results
from reports.formats import FORMATS
from reports.models import Job, Report
from tests.reports.doors import finished, get, problem, working


@pytest.fixture(autouse=True)
def large(monkeypatch):
    """Have every result count as large."""
    for name, format_ in FORMATS.items():
        monkeypatch.setitem(FORMATS, name, replace(format_, at_once=1))


@pytest.fixture
def address(caller, clickhouse, wired, clicks):
    """The address of a finished report's result; no worker is there any more."""
    with working(clickhouse, wired):
        report = finished(caller)
    return f"/reports/{report['id']}/result"


def body(answer):
    assert answer.status_code in (200, 206), answer.content
    return b"".join(answer.streaming_content)


def test_the_request_waits_for_the_worker_and_streams(caller, address, clickhouse, wired):
    with working(clickhouse, wired):
        answer = get(caller, f"{address}?format=csv", Prefer="wait=30")
        rows = list(csv.reader(io.StringIO(body(answer).decode(), newline="")))
    assert rows == [["source", "events"], ["'=evil", "1"], ["google", "2"]]
    assert answer["X-Row-Count"] == "2"


def test_what_takes_longer_is_told_how_far_it_is(caller, address, clickhouse, wired):
    answer = get(caller, f"{address}?format=csv", Prefer="wait=0")
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/v1{address}?format=csv"
    assert int(answer["Retry-After"]) > 0
    assert answer.json() == {
        "report": address.split("/")[2],
        "format": "csv",
        "status": "queued",
        "progress": {"fraction": 0.0, "rows_written": 0, "rows_total": 2},
    }
    assert get(caller, f"{address}?format=csv", Prefer="respond-async").status_code == 202
    assert Job.objects.filter(kind="export").count() == 1
    with working(clickhouse, wired):
        whole = body(get(caller, f"{address}?format=csv", Prefer="wait=30"))
    part = get(caller, f"{address}?format=csv", Range="bytes=2-5")
    assert body(part) == whole[2:6]
    assert Job.objects.filter(kind="export").count() == 1


def test_json_of_a_large_result_keeps_the_tag_of_the_answer(caller, address, clickhouse, wired):
    with working(clickhouse, wired):
        answer = get(caller, address, Prefer="wait=30")
        body(answer)
    assert answer["ETag"] == Report.objects.get().job.result_etag
    assert get(caller, address, If_None_Match=answer["ETag"]).status_code == 304


def test_what_is_stored_needs_no_making(caller, address):
    assert body(get(caller, f"{address}?format=parquet"))[:4] == b"PAR1"


def test_a_failure_is_answered_with_its_problem(caller, address, clickhouse, wired):
    results.discard(Report.objects.get().job)
    with working(clickhouse, wired):
        problem(get(caller, f"{address}?format=csv", Prefer="wait=30"), 410)
    problem(get(caller, f"{address}?format=csv"), 410)


def test_a_sheet_of_too_many_rows_is_refused_at_once(caller, address):
    Job.objects.update(result_rows=1_048_576)
    told = problem(get(caller, f"{address}?format=xlsx"), 406)
    assert "1,048,575" in told["detail"]
    assert not Job.objects.filter(kind="export").exists()


def test_a_stranger_orders_nothing(stranger, address):
    problem(get(stranger, f"{address}?format=csv"), 404)
    assert not Job.objects.filter(kind="export").exists()
