"""Whatever is sent, the answer is a problem with the right status, never a 5xx, and nothing
that was accepted before, between or after is lost."""

import gzip
import json
import time
import zlib

import httpx
import pytest
import zstandard

from tests.live import work
from tests.live.client import Client
from tests.live.stack import until

QUERY = {"metrics": ["events"], "period": "today"}
JSON = {"Content-Type": "application/json"}
BLANKS = b" " * 1024 * 1024
NESTED = b"[" * 100_000 + b"]" * 100_000


def problem(answer, status):
    """Check that `answer` is a problem document of `status` and return it."""
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:500]}"
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    body = answer.json()
    assert body["status"] == status
    assert {"type", "title", "status", "code", "detail", "request_id"} <= set(body)
    for secret in ("Traceback", "SELECT ", "sqlite", "site-packages"):
        assert secret not in answer.text
    return body


def fields(body):
    """Return the paths of the bad fields a problem names."""
    return {error["field"] for error in body["errors"]}


@pytest.fixture(scope="module")
def caller(stack):
    """A caller whose organization holds one batch; the module ends by counting it again."""
    client = Client(stack, stack.organization("bad-input"))
    client.send(work.events("before"), key="before")
    yield client
    client.send(work.events("after"), key="after")
    expected = {e["event_id"]: 1 for name in ("before", "after") for e in work.events(name)}
    until(lambda: work.stored_ids(client) == expected, seconds=60, what="exactly what was accepted")
    client.close()


@pytest.mark.parametrize("path", ["/analytics/query", "/analytics/query/estimate"])
def test_400_names_every_bad_field(caller, path):
    body = {
        "metrics": ["evnets"],
        "dimensions": ["sorce"],
        "filters": [
            {"field": "source", "operator": "eq", "value": "x"},
            {"field": "source", "operator": "equals", "value": "x"},
        ],
        "limit": -1,
        "timezone": "Mars/Olympus",
    }
    named = problem(caller.request("POST", path, json=body), 400)
    assert {"filters[1].operator", "limit", "timezone"} <= fields(named)
    details = " ".join(error["detail"] for error in named["errors"])
    assert "events" in details
    assert "source" in details
    assert "metrics" in " ".join(fields(named))


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"17",
        b"[]",
        b'"query"',
        b'{"metrics": NaN}',
        b'{"metrics": ["events"], "limit": NaN}',
        b'{"metrics": ["events"], "limit": Infinity}',
        b'{"metrics": ["events"], "limit": ' + b"9" * 5_000 + b"}",
        b'{"metrics": ["events"], "limit": 99999999999999999999}',
        b'{"metrics": ["\\ud800"]}',
        b'{"metrics": ["events"], "dimensions": ["properties.\\u0000"]}',
        b'{"metrics": ["events"], "time_range": {"start": "0000-00-00", "end": "9999-99-99"}}',
        b'{"metrics": "\xff\xfe"}',
        b'{"metrics": ["events"], "filters": ' + NESTED + b"}",
        NESTED,
    ],
    ids=lambda content: content[:40].decode(errors="backslashreplace") or "empty",
)
def test_400_for_a_hostile_question(caller, content):
    problem(caller.request("POST", "/analytics/query", content=content, headers=JSON), 400)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("sample=half", "sample"),
        ("campaign_id=", "campaign_id"),
        ("metrics=clicks,clickz", "metrics[1]"),
        ("limit=" + "9" * 5_000, "limit"),
        ("sample=" + "9" * 5_000, "sample"),
        ("campaign_id=" + "x" * 2_001, "campaign_id[0]"),
    ],
    ids=lambda text: text[:40],
)
def test_400_for_a_bad_parameter(caller, query, field):
    named = problem(caller.request("GET", f"/analytics/campaigns?{query}"), 400)
    assert fields(named) == {field}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"17",
        b'{"events": 3}',
        b'{"event_name": "view"',
        b'[{"event_name": "\\ud800"}]',
        NESTED,
        b"\xff\xfe\x00",
    ],
    ids=lambda content: content[:40].decode(errors="backslashreplace") or "empty",
)
def test_400_for_events_nobody_can_read(caller, content):
    problem(caller.request("POST", "/events", content=content, headers=JSON), 400)


def test_bad_events_of_a_mixed_batch_are_told_and_never_stored(caller):
    bad = [
        {},
        {"event_name": "x" * 65},
        {"event_name": "view", "event_time": "soon"},
        {"event_name": "view", "event_time": "2999-01-01T00:00:00Z"},
        {"event_name": "view", "conversion_value": 10**30},
        {"event_name": "view", "page_views": -1},
        {"event_name": "view", "properties": {"a": {"b": 1}}},
        {"event_name": "view", "event_id": "x" * 65},
        {"event_name": "view", "no_such_field": 1},
        "view",
        None,
        [],
    ]
    answer = caller.request("POST", "/events", content=json.dumps(bad), headers=JSON)
    if answer.status_code == 202:
        told = answer.json()
        assert (told["accepted"], told["rejected"]) == (0, len(bad))
    else:
        told = problem(answer, 400)
    assert len({error.get("index", error.get("field")) for error in told["errors"]}) == len(bad)


@pytest.mark.parametrize(
    "token", [None, "", "nonsense", "Bearer", "Bearer x", "Bearer \xff", "Basic eDp5"]
)
def test_401_without_a_good_token(stack, token):
    headers = {} if token is None else {"Authorization": token.encode("latin-1")}
    for path in ("/reports", "/analytics/traffic", "/analytics/campaigns", "/catalog"):
        answer = httpx.get(f"{stack.url}/api/v1{path}", headers=headers)
        problem(answer, 401)
        assert "WWW-Authenticate" in answer.headers
    problem(httpx.post(f"{stack.url}/api/v1/events", json=[], headers=headers), 401)


def test_403_without_the_scope(stack, caller):
    writer = Client(stack, stack.key("bad-input", "events:write"))
    problem(writer.request("POST", "/analytics/query", json=QUERY), 403)
    problem(writer.request("GET", "/reports"), 403)
    problem(writer.request("POST", "/reports", json={"kind": "query", "request": QUERY}), 403)
    writer.close()
    reader = Client(stack, stack.key("bad-input", "reports:read"))
    problem(reader.request("POST", "/events", json=work.events("stolen", size=1)), 403)
    reader.close()


def test_403_for_a_foreign_organization(caller, organization):
    for slug in (organization, "no-such-organization"):
        headers = {"X-Organization": slug}
        problem(caller.request("POST", "/analytics/query", json=QUERY, headers=headers), 403)


def test_404_for_what_is_absent_or_anothers(caller, client):
    foreign = client.submit("query", QUERY)["id"]
    for report in (foreign, "00000000-0000-0000-0000-000000000000", "nonsense"):
        problem(caller.request("GET", f"/reports/{report}"), 404)
        problem(caller.request("GET", f"/reports/{report}/result"), 404)
        problem(caller.request("POST", f"/reports/{report}/cancel"), 404)
        problem(caller.request("POST", f"/reports/{report}/retry"), 404)
    for path in ("/nothing", "/analytics/nothing", "/reports/"):
        problem(caller.request("GET", path), 404)
    assert client.finished(foreign)["status"] == "succeeded"


def test_405_says_what_is_allowed(caller):
    for method, path, allowed in (
        ("GET", "/events", "POST"),
        ("DELETE", "/reports", "GET"),
        ("GET", "/analytics/query", "POST"),
        ("PUT", "/analytics/traffic", "GET"),
    ):
        answer = caller.request(method, path)
        problem(answer, 405)
        assert allowed in answer.headers["Allow"]


def test_406_for_a_form_nobody_makes(caller):
    report = caller.finished(caller.submit("query", QUERY)["id"])["id"]
    headers = {"Accept": "image/png"}
    problem(caller.request("GET", f"/reports/{report}/result", headers=headers), 406)


def test_409_for_a_result_before_its_time(heavy):
    report = heavy.submit("query", work.slow())["id"]
    problem(heavy.request("GET", f"/reports/{report}/result"), 409)
    assert heavy.request("POST", f"/reports/{report}/cancel").status_code == 202
    assert heavy.finished(report, seconds=10)["status"] == "cancelled"
    problem(heavy.request("GET", f"/reports/{report}/result"), 409)


@pytest.mark.parametrize("name", ["gzip bomb", "zstd bomb", "17 MiB", "10,001 events"])
def test_413_for_too_much(caller, name):
    content, encoding = {
        "gzip bomb": lambda: (gzip.compress(BLANKS * 200, compresslevel=1), "gzip"),
        "zstd bomb": lambda: (zstandard.compress(BLANKS * 200), "zstd"),
        "17 MiB": lambda: (b"[" + BLANKS * 17 + b"]", "identity"),
        "10,001 events": lambda: (json.dumps([{"event_name": "x"}] * 10_001).encode(), "identity"),
    }[name]()
    headers = JSON | {"Content-Encoding": encoding}
    problem(_upload(caller, content, headers), 413)


def test_413_for_a_body_without_a_length(caller):
    chunks = (BLANKS for _ in range(40))
    problem(_upload(caller, chunks, JSON), 413)


def test_413_for_a_question_of_megabytes(caller):
    content = b'{"metrics": ["events"], "x": "' + BLANKS * 17 + b'"}'
    answer = caller.request("POST", "/analytics/query", content=content, headers=JSON)
    problem(answer, 413)


def test_415_for_what_nobody_reads(caller):
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/xml"}):
        problem(caller.request("POST", "/analytics/query", content=b"x", headers=headers), 415)
        problem(caller.request("POST", "/events", content=b"x", headers=headers), 415)
    headers = JSON | {"Content-Encoding": "compress"}
    problem(caller.request("POST", "/events", content=b"[]", headers=headers), 415)


@pytest.mark.parametrize("damage", ["cut", "trailing", "noise"])
def test_400_for_a_damaged_gzip(caller, damage):
    whole = gzip.compress(json.dumps(work.events("damaged", size=50)).encode())
    content = {
        "cut": whole[:-20],
        "trailing": whole + b"rubbish",
        "noise": zlib.compress(b"[]"),
    }[damage]
    headers = JSON | {"Content-Encoding": "gzip"}
    problem(caller.request("POST", "/events", content=content, headers=headers), 400)


def test_422_for_a_key_used_with_another_body(caller):
    caller.send(work.events("before"), key="before")
    headers = {"Idempotency-Key": "before"}
    other = work.events("other", size=1)
    problem(caller.request("POST", "/events", json=other, headers=headers), 422)
    caller.submit("query", QUERY, key="report")
    body = {"kind": "query", "request": QUERY | {"metrics": ["visitors"]}}
    headers = {"Idempotency-Key": "report"}
    problem(caller.request("POST", "/reports", json=body, headers=headers), 422)


def test_bad_heads_are_refused_without_harm(stack, caller):
    for name, value in (
        ("Idempotency-Key", "x" * 5_000),
        ("Prefer", "wait=never"),
        ("Prefer", "wait=" + "9" * 400),
        ("If-None-Match", '"' + "x" * 5_000),
        ("X-Request-ID", "x" * 5_000),
        ("Accept-Encoding", "br;q=x, *;q=7"),
    ):
        answer = caller.request("POST", "/analytics/query", json=QUERY, headers={name: value})
        assert answer.status_code in {200, 202, 400}, answer.text
    wrong_host = httpx.get(f"{stack.url}/api/v1", headers={"Host": "evil.example"})
    assert wrong_host.status_code == 400


def _upload(caller, content, headers):
    """Post `content`; a server may answer and close before it has read everything."""
    for _ in range(3):
        try:
            return caller.request("POST", "/events", content=content, headers=headers)
        except (httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError):
            time.sleep(0.2)
    return caller.request("POST", "/events", content=content, headers=headers)
