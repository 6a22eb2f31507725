"""The result store: what is stored, in which formats, and that it goes again."""

import csv
import hashlib
import io
import itertools
import json
import tracemalloc
from typing import Any, cast

import pytest
from django.core.files.storage import storages

from reports import expiry, formats, lifecycle, results
from reports.models import ResultFile
from tests.reports.builders import KEEP, after, claim, fresh, submit
from warehouse.exceptions import Gone, InvalidRequest

TRICKY: dict[str, Any] = {
    "columns": [{"name": "=name"}, {"name": "value"}, {"name": "flag"}],
    "rows": [
        ['=HYPERLINK("x")', -1.5, True],
        ["+1", 10, False],
        ["@a", 1e20, None],
        ["-a", -3, None],
        ["\tb", 0, None],
        ['quo"te, ü 🎈\n', 0.25, None],
        ["", None, None],
    ],
    "totals": None,
}


def stored_job(organization, document):
    submit(organization, question="stored", force=True)
    job = claim()
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    stored = results.write(job, iter([body]), rows=lambda: len(document["rows"]))
    assert lifecycle.succeed(job, stored.as_columns(), now=after(1), keep=KEEP)
    return fresh(job), body


def files_of(job):
    folder = f"{job.organization_id}/{job.pk}"
    store = storages["results"]
    return store.listdir(folder)[1] if store.exists(folder) else None


def test_the_body_comes_back_with_its_facts(acme):
    job, body = stored_job(acme, TRICKY)
    assert results.read_body(job) == body
    assert (job.result_rows, job.result_bytes) == (7, len(body))
    assert job.result_sha256 == hashlib.sha256(body).hexdigest()
    assert job.result_name.startswith(f"{acme.pk}/{job.pk}/")


def test_csv_holds_every_cell_and_none_that_a_spreadsheet_would_run(acme):
    job, _ = stored_job(acme, TRICKY)
    stored = results.provide(job, "csv")
    text = b"".join(results.stream(stored)).decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[0] == ["'=name", "value", "flag"]
    assert rows[1] == ['\'=HYPERLINK("x")', "-1.5", "true"]
    assert [row[0] for row in rows[2:]] == ["'+1", "'@a", "'-a", "'\tb", 'quo"te, ü 🎈\n', ""]
    assert rows[7] == ["", "", ""]


def test_ndjson_is_one_object_a_row(acme):
    job, _ = stored_job(acme, TRICKY)
    lines = b"".join(results.stream(results.provide(job, "ndjson"))).splitlines()
    names = [column["name"] for column in TRICKY["columns"]]
    expected = [dict(zip(names, row, strict=True)) for row in TRICKY["rows"]]
    assert [json.loads(line) for line in lines] == expected


def test_a_format_is_made_once_and_its_facts_hold(acme):
    job, _ = stored_job(acme, TRICKY)
    first = results.provide(job, "csv")
    whole = b"".join(results.stream(first))
    assert results.provide(job, "csv") == first
    assert ResultFile.objects.count() == 1
    assert (first.bytes, first.rows) == (len(whole), 7)
    assert first.sha256 == hashlib.sha256(whole).hexdigest()


def test_any_range_can_be_streamed(acme):
    job, body = stored_job(acme, TRICKY)
    stored = results.provide(job, "json")
    assert b"".join(results.stream(stored, start=10, end=25)) == body[10:25]
    assert b"".join(results.stream(stored, start=len(body) - 3)) == body[-3:]
    unread: Any = results.stream(stored)
    unread.close()
    assert list(unread) == []


def test_an_unknown_format_is_refused(acme):
    job, _ = stored_job(acme, TRICKY)
    with pytest.raises(InvalidRequest):
        results.provide(job, "doc")


def test_an_empty_result_has_only_a_header(acme):
    job, _ = stored_job(acme, TRICKY | {"rows": []})
    assert b"".join(results.stream(results.provide(job, "csv"))) == b"'=name,value,flag\r\n"
    assert b"".join(results.stream(results.provide(job, "ndjson"))) == b""


class Chunked(io.RawIOBase):
    """A file that gives a few bytes at a time, so that every value is cut somewhere."""

    def __init__(self, body, size):
        self._body, self._size, self._at = body, size, 0

    def read(self, _=-1):
        chunk = self._body[self._at : self._at + self._size]
        self._at += self._size
        return chunk


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_rows_are_read_right_wherever_the_file_is_cut(size):
    body = json.dumps(TRICKY, ensure_ascii=False).encode()
    names, rows = formats.rows_of(cast("Any", Chunked(body, size)))
    assert names == ["=name", "value", "flag"]
    assert list(rows) == TRICKY["rows"]


def test_a_truncated_file_is_an_error_not_a_shorter_result():
    body = json.dumps(TRICKY).encode()
    for cut in (len(body) - 25, len(body) // 2):
        with pytest.raises(ValueError, match=r"expect|Expect|Unterminated"):
            list(formats.rows_of(io.BytesIO(body[:cut]))[1])


class Endless(io.RawIOBase):
    """A result of very many rows that is never whole in memory."""

    def __init__(self, rows):
        row = b'["some text that takes its place",12345.5]'
        head = b'{"columns":[{"name":"a"},{"name":"b"}],"rows":['
        body = itertools.chain([row], itertools.repeat(b"," + row, rows - 1))
        self._pieces = itertools.chain([head], body, [b'],"totals":null}'])

    def read(self, size=-1):
        return b"".join(itertools.islice(self._pieces, max(size // 50, 1)))


def test_a_large_result_is_converted_in_bounded_memory():
    tracemalloc.start()
    try:
        pieces = formats.FORMATS["csv"].convert(cast("Any", Endless(100_000)))
        total = sum(len(piece) for piece in pieces)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert total > 4_000_000
    assert peak < 2_000_000


def test_results_go_when_their_time_is_over(acme):
    job, _ = stored_job(acme, TRICKY)
    results.provide(job, "csv")
    report = job.reports.get()
    assert expiry.expire(now=after(1)) == 0
    assert len(files_of(job)) == 2
    assert expiry.expire(now=after(1) + KEEP) == 1
    assert fresh(report).status == "expired"
    assert files_of(job) is None
    assert not ResultFile.objects.exists()
    with pytest.raises(Gone):
        results.read_body(job)


def test_a_result_somebody_may_still_read_stays(acme):
    first, second = submit(acme), submit(acme)
    job = claim()
    stored = results.write(job, iter([b'{"columns":[],"rows":[]}']), rows=lambda: 0)
    lifecycle.succeed(job, stored.as_columns(), now=after(1), keep=KEEP)
    type(first).objects.filter(pk=first.pk).update(expires_at=after(2))
    expiry.expire(now=after(3))
    assert (fresh(first).status, fresh(second).status) == ("expired", "succeeded")
    assert results.read_body(fresh(job))
