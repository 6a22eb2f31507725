"""10,000 real log lines: imported, asked for over HTTP, announced, and compared with the file."""

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from tests.live import access_log
from tests.live.client import Client, receive, subscribe
from tests.live.stack import until

START, END = datetime(2015, 5, 17, tzinfo=UTC), datetime(2015, 5, 21, tzinfo=UTC)
RANGE = {
    "time_range": {"start": "2015-05-17", "end": "2015-05-20"},
    "timezone": "UTC",
    "metrics": ["events"],
    "limit": 50_000,
}
EVERYBODY = RANGE | {"include_bots": True}

pytestmark = pytest.mark.skipif(
    not access_log.SAMPLE.exists(),
    reason="the real log ../shared/data/access-log.sample.gz is not there",
)


@pytest.fixture(scope="module")
def lines():
    """The log as plain Python reads it."""
    return access_log.read()[0]


@pytest.fixture(scope="module")
def reader(stack, lines):
    """A caller of an organization into which the log was imported by the product's command."""
    client = Client(stack, stack.organization("real-log"))
    said = stack.manage(
        "import_events", "real-log", str(access_log.SAMPLE), "--format", "access-log"
    )
    assert _numbers(said) >= {len(lines), 10_000 - len(lines)}, said
    until(lambda: _total(client) >= len(lines), seconds=60, what="storing of the log")
    yield client
    client.close()


def test_import_stores_every_line_once(reader, lines):
    assert _total(reader) == len(lines)


def test_events_per_hour_match_the_file_and_are_announced(reader, lines):
    expected = access_log.per_hour(lines, START, END)
    request = EVERYBODY | {"granularity": "hour"}
    with reader.socket() as socket:
        subscribe(socket)
        answer = reader.request(
            "POST", "/analytics/query", json=request, headers={"Prefer": "respond-async"}
        )
        assert answer.status_code == 202
        report = answer.json()
        assert answer.headers["Location"].endswith(f"/api/v1/reports/{report['id']}")
        message = receive(
            socket,
            lambda m: m["type"] == "report.succeeded" and m["report"]["id"] == report["id"],
        )
    assert message["report"]["status"] == "succeeded"
    assert message["report"]["progress"]["fraction"] == 1
    result = reader.result(report["id"])
    assert result["columns"][0]["name"] == "time"
    assert {datetime.fromisoformat(time): count for time, count in result["rows"]} == expected
    assert len(result["rows"]) == len(expected)


def test_events_per_path_match_the_file(reader, lines):
    result = reader.query(EVERYBODY | {"dimensions": ["path"]})
    assert dict(result["rows"]) == Counter(line.path for line in lines)
    assert result["meta"]["truncated"] is False


def test_events_per_status_match_the_file(reader, lines):
    result = reader.query(EVERYBODY | {"dimensions": ["properties.status"]})
    assert dict(result["rows"]) == Counter(line.status for line in lines)


def test_one_path_per_status_and_hour_matches_the_file(reader, lines):
    request = EVERYBODY | {
        "dimensions": ["properties.status"],
        "granularity": "hour",
        "filters": [{"field": "path", "operator": "eq", "value": "/favicon.ico"}],
    }
    asked = [line for line in lines if line.path == "/favicon.ico"]
    expected = Counter((line.at.replace(minute=0, second=0), line.status) for line in asked)
    rows = reader.query(request)["rows"]
    assert expected
    assert {(datetime.fromisoformat(at), status): n for at, status, n in rows if n} == expected


def test_robots_are_left_out_unless_asked_for(reader, lines):
    robots = sum(bool(access_log.ROBOT.search(line.agent)) for line in lines)
    browsers = sum(
        bool(access_log.BROWSER.search(line.agent) and not access_log.ROBOT.search(line.agent))
        for line in lines
    )
    [[kept]] = reader.query(RANGE)["rows"]
    assert browsers <= kept <= len(lines) - robots


def test_the_same_import_again_adds_nothing(reader, stack, lines):
    stack.manage("import_events", "real-log", str(access_log.SAMPLE), "--format", "access-log")
    # An event sent afterwards is stored behind the repeated lines: once it is seen, they are in.
    reader.send([{"event_name": "marker", "event_time": "2015-06-01T00:00:00Z"}], "marker")
    marker = EVERYBODY | {"time_range": {"start": "2015-06-01", "end": "2015-06-01"}}
    until(lambda: reader.query(marker)["rows"] == [[1]], seconds=60, what="storing of the marker")
    assert _total(reader) == len(lines)


def test_another_organization_sees_none_of_it(reader, client):
    assert client.query(EVERYBODY)["rows"] == [[0]]


def _total(client):
    [[count]] = client.query(EVERYBODY)["rows"]
    return count


def _numbers(text):
    return {int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)}
