"""Lines of access logs: real ones and odd ones."""

import gzip
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest

from enrichment.importers import access_log

SAMPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "access-log.sample.gz"
LINE = '192.0.2.1 - - [17/May/2015:10:05:03 +0200] "{0}" {1} {2} "{3}" "{4}"'


def line(request="GET / HTTP/1.1", status="200", size="5", referrer="-", agent="UA"):
    return LINE.format(request, status, size, referrer, agent)


def test_line_becomes_an_event():
    found = access_log.event(line("GET /a?b=c HTTP/1.1", referrer="http://x.example/"))
    assert found == {
        "event_name": "page_view",
        "event_time": "2015-05-17T10:05:03+02:00",
        "url": "/a?b=c",
        "ip": "192.0.2.1",
        "referrer": "http://x.example/",
        "user_agent": "UA",
        "properties": {"method": "GET", "status": "200", "protocol": "HTTP/1.1", "bytes": "5"},
    }


@pytest.mark.parametrize(
    ("request_line", "status", "name"),
    [
        ("GET /a HTTP/1.1", "200", "page_view"),
        ("GET /a HTTP/1.1", "304", "page_view"),
        ("GET /a.php?x=b.png HTTP/1.1", "200", "page_view"),
        ("GET /a.PNG?x HTTP/1.1", "200", "asset"),
        ("GET /a.css HTTP/1.1", "206", "asset"),
        ("GET /a HTTP/1.1", "301", "request"),
        ("POST /a HTTP/1.1", "200", "request"),
        ("HEAD /a.png HTTP/1.1", "200", "request"),
        ("GET /a.png HTTP/1.1", "404", "failed"),
        ("POST /a HTTP/1.1", "500", "failed"),
    ],
)
def test_page_views_assets_and_other_requests_are_told_apart(request_line, status, name):
    assert access_log.event(line(request_line, status))["event_name"] == name


def test_missing_size_leaves_no_property():
    assert "bytes" not in access_log.event(line(size="-"))["properties"]


def test_escaped_quotes_and_bytes_are_undone():
    found = access_log.event(line(agent=r"say \"hi\" \\ \xc3\xa4", referrer=r"http://\xe4\xe5/"))
    assert found["user_agent"] == 'say "hi" \\ ä'
    assert found["referrer"] == "http://äå/"


def test_common_format_extra_fields_and_spaced_users_are_read():
    common = '192.0.2.1 - john doe [17/May/2015:10:05:03 +0000] "GET / HTTP/1.0" 200 5'
    assert access_log.event(common)["url"] == "/"
    assert access_log.event(line() + ' "extra" 0.004')["user_agent"] == "UA"


def test_host_name_in_place_of_an_address_is_kept_as_a_property():
    found = access_log.event(line().replace("192.0.2.1", "client.example"))
    assert "ip" not in found
    assert found["properties"]["host"] == "client.example"


@pytest.mark.parametrize(
    "text",
    [
        "hello",
        line()[:-1],
        line(r"\x16\x03\x01"),
        line("-"),
        line().replace("May", "Mai"),
        line().replace("17/May", "37/May"),
        line(status="2000"),
    ],
)
def test_malformed_line_is_refused_with_a_reason(text):
    with pytest.raises(ValueError, match=r".+"):
        access_log.event(text)


def test_rows_carry_line_numbers_and_skip_empty_lines():
    text = f"{line()}\n\nnonsense\r\n{line()}\n".encode() + b"\xff\n"
    rows = list(access_log.read(BytesIO(text)))
    assert [row.line for row in rows] == [1, 3, 4, 5]
    assert [row.event is None for row in rows] == [False, True, False, True]
    assert rows[1].raw == "nonsense"


def test_site_of_a_log_is_told_by_its_referrers():
    pages = [
        line(f"GET /page/{n} HTTP/1.1", referrer=f"http://www.own.example/page/{n - 1}")
        for n in range(30)
    ]
    text = "\n".join([*pages, line("GET /x HTTP/1.1", referrer="http://other.example/")])
    urls = [row.event["url"] for row in access_log.read(BytesIO(text.encode())) if row.event]
    assert urls[0] == "http://www.own.example/page/0"
    assert urls[-1] == "http://www.own.example/x"


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"the real log {SAMPLE.name} is not there")
def test_real_log_is_read_but_for_its_one_broken_line():
    rows = list(access_log.read(BytesIO(gzip.decompress(SAMPLE.read_bytes()))))
    assert len(rows) == 10_000
    assert [row.line for row in rows if row.event is None] == [8899]
    names = Counter(row.event["event_name"] for row in rows if row.event)
    assert names.total() == 9_999
    assert rows[0].event
    assert rows[0].event["url"].startswith("http://www.semicomplete.com/presentations/")
    assert names["failed"] == 213 + 3 + 2 + 2
