"""`GET /reports/ID/result`."""

import base64
import csv
import hashlib
import io
import json

import pytest

from reports.models import Report
from tests.reports.doors import (
    bad_fields,
    caller_of,
    finished,
    get,
    post,
    problem,
    submitted,
)

SOURCES = [["=evil", 1], ["google", 2]]


@pytest.fixture
def address(caller, worker, clicks):
    """The address of a finished report's result."""
    return f"/reports/{finished(caller)['id']}/result"


def body(answer):
    assert answer.status_code in (200, 206), answer
    return b"".join(answer.streaming_content)


def test_json_is_what_the_question_was_answered_with(caller, address):
    assert json.loads(body(get(caller, address)))["rows"] == SOURCES


def test_csv_is_defused(caller, address):
    answer = get(caller, f"{address}?format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer["Content-Disposition"].endswith('.csv"')
    rows = list(csv.reader(io.StringIO(body(answer).decode(), newline="")))
    assert rows == [["source", "events"], ["'=evil", "1"], ["google", "2"]]


def test_ndjson_has_one_object_a_row(caller, address):
    lines = body(get(caller, f"{address}?format=ndjson")).splitlines()
    assert [json.loads(line) for line in lines] == [
        {"source": "=evil", "events": 1},
        {"source": "google", "events": 2},
    ]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/json;q=0.5, text/csv", "text/csv"),
    ],
)
def test_the_format_may_be_asked_for_by_accept(caller, address, accept, media_type):
    answer = get(caller, address, Accept=accept)
    body(answer)
    assert answer["Content-Type"].partition(";")[0] == media_type


@pytest.mark.parametrize("name", ["json", "csv", "ndjson"])
def test_headers_tell_size_rows_and_digest(caller, address, name):
    answer = get(caller, f"{address}?format={name}")
    content = body(answer)
    digest = hashlib.sha256(content)
    assert int(answer["Content-Length"]) == len(content)
    assert answer["X-Row-Count"] == "2"
    assert answer["X-Content-SHA256"] == digest.hexdigest()
    assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"


@pytest.mark.parametrize("name", ["json", "csv"])
def test_a_held_result_is_not_sent_again(caller, address, name):
    first = get(caller, f"{address}?format={name}")
    body(first)
    again = get(caller, f"{address}?format={name}", If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_a_range_is_the_part_asked_for(caller, address):
    whole = body(get(caller, f"{address}?format=csv"))
    part = get(caller, f"{address}?format=csv", Range="bytes=3-8")
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 3-8/{len(whole)}"
    assert body(part) == whole[3:9]
    assert body(get(caller, f"{address}?format=csv", Range="bytes=-4")) == whole[-4:]
    assert body(get(caller, f"{address}?format=csv", Range="bytes=5-")) == whole[5:]
    stale = get(caller, f"{address}?format=csv", Range="bytes=3-8", If_Range='"other"')
    assert stale.status_code == 200
    assert body(stale) == whole
    problem(get(caller, f"{address}?format=csv", Range="bytes=9999-"), 416)


def test_head_tells_the_headers_alone(caller, address):
    answer = caller.head(f"/api/v1{address}?format=csv")
    assert answer.status_code == 200
    assert int(answer["Content-Length"]) > 0
    assert answer.content == b""


def test_an_unfinished_report_has_none(caller):
    report = submitted(caller)
    assert problem(get(caller, f"/reports/{report['id']}/result"), 409)["code"] == (
        "report-not-finished"
    )
    post(caller, f"/reports/{report['id']}/cancel")
    assert "cancelled" in problem(get(caller, f"/reports/{report['id']}/result"), 409)["detail"]


def test_an_expired_result_is_gone(caller, address):
    Report.objects.update(status="expired")
    problem(get(caller, address), 410)


def test_more_downloads_than_places_are_turned_away(caller, address):
    held = [get(caller, address) for _ in range(32)]
    refused = get(caller, address)
    problem(refused, 429)
    assert int(refused["Retry-After"]) > 0
    for answer in held:
        answer.close()
    assert json.loads(body(get(caller, address)))["rows"] == SOURCES


@pytest.mark.parametrize("query", ["format=doc", "format=exe", "format=", "fromat=csv"])
def test_a_format_there_is_not_is_refused(caller, address, query):
    assert set(bad_fields(get(caller, f"{address}?{query}"))) <= {"format", "fromat"}


def test_a_media_type_there_is_not_is_refused(caller, address):
    problem(get(caller, address, Accept="application/pdf"), 406)


def test_a_stranger_gets_nothing(caller, stranger, client, acme, address):
    problem(get(stranger, address), 404)
    problem(get(client, address), 401)
    problem(get(caller_of(acme, ["events:write"]), address), 403)
