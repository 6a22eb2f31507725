"""The result store: what is stored, that it is made once, that nothing half is seen, and goes."""

import hashlib
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages

from reports import expiry, lifecycle, parquet, results
from reports.formats import FORMATS
from reports.models import ResultFile
from reports.stores import store
from tests.reports.builders import KEEP, Result, after, claim, fresh, submit
from tests.reports.results import TRICKY, many, packed, stored_job
from warehouse.exceptions import Gone, InvalidRequest, NotAcceptable, SourceUnavailable


def files_of(job):
    return sorted(store().names(results.folder(job)))


def whole(stored):
    return b"".join(results.stream(stored))


def test_the_result_is_stored_as_parquet_with_its_facts(acme):
    job = stored_job(acme, TRICKY)
    content = whole(results.provide(job, "parquet"))
    assert content == packed(TRICKY)
    assert (job.result_rows, job.result_bytes) == (9, len(content))
    assert job.result_sha256 == hashlib.sha256(content).hexdigest()
    assert job.result_name == f"{acme.pk}/{job.pk}/1.parquet"


def test_the_body_is_made_from_it(acme):
    assert results.body(stored_job(acme, TRICKY)) == TRICKY.body()


def test_ndjson_is_one_object_a_row(acme):
    job = stored_job(acme, TRICKY)
    lines = whole(results.provide(job, "ndjson")).splitlines()
    names = [column.name for column in TRICKY.columns]
    rows = json.loads(TRICKY.body())["rows"]
    assert [json.loads(line) for line in lines] == [
        dict(zip(names, row, strict=True)) for row in rows
    ]


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "parquet"])
def test_a_format_is_made_once_and_its_facts_hold(acme, name):
    job = stored_job(acme, TRICKY)
    first = results.provide(job, name)
    content = whole(first)
    assert results.provide(job, name) == first
    assert ResultFile.objects.count() == 1
    assert (first.bytes, first.rows) == (len(content), 9)
    assert first.sha256 == hashlib.sha256(content).hexdigest()


def test_a_format_whose_file_is_gone_is_made_again(acme):
    job = stored_job(acme, TRICKY)
    first = results.provide(job, "csv")
    results.remove(first)
    again = results.provide(job, "csv")
    assert again.name != first.name
    assert again.sha256 == first.sha256
    assert ResultFile.objects.count() == 1


def test_any_range_can_be_streamed(acme):
    stored = results.provide(stored_job(acme, TRICKY), "json")
    content = TRICKY.body()
    assert b"".join(results.stream(stored, start=10, end=25)) == content[10:25]
    assert b"".join(results.stream(stored, start=len(content) - 3)) == content[-3:]
    unread: Any = results.stream(stored)
    unread.close()
    assert list(unread) == []


def test_an_unknown_format_is_refused(acme):
    job = stored_job(acme, TRICKY)
    with pytest.raises(InvalidRequest):
        results.provide(job, "doc")


def test_a_sheet_takes_so_many_rows_and_no_more(acme):
    job = stored_job(acme, TRICKY)
    job.result_rows = 1_048_575
    assert results.format_of(job, "xlsx").name == "xlsx"
    job.result_rows += 1
    with pytest.raises(NotAcceptable, match=r"1,048,576 rows .* csv or parquet"):
        results.provide(job, "xlsx")


class Broken(Result):
    """A result whose computing fails after some rows."""

    def __iter__(self):
        yield [[1, 2]]
        raise ZeroDivisionError


def test_what_breaks_off_leaves_nothing_behind(acme):
    submit(acme)
    job = claim()
    with pytest.raises(ZeroDivisionError):
        results.write(job, Broken())
    assert files_of(job) == []


def test_a_half_written_file_has_no_name_yet(acme):
    submit(acme)
    job = claim()
    seen = []

    class Looking(Result):
        def __iter__(self):
            yield [[1, 2]]
            seen.extend(files_of(job))

    results.write(job, Looking())
    assert seen == ["1.parquet.draft"]
    assert files_of(job) == ["1.parquet"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_and_leaves_nothing(acme):
    submit(acme)
    job = claim()
    folder = Path(storages["results"].path(results.folder(job)))
    folder.mkdir(parents=True)
    (folder / "1.parquet.draft").symlink_to("/dev/full")
    with pytest.raises(SourceUnavailable, match="no space left on device"):
        results.write(job, many(30_000))
    assert files_of(job) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("name", [name for name in FORMATS if name != "parquet"])
def test_a_full_disk_while_a_format_is_made_is_told_too(acme, name):
    job = stored_job(acme, many(30_000))
    path = Path(storages["results"].path(f"{results.folder(job)}/mine.{name}.draft"))
    path.symlink_to("/dev/full")
    with pytest.raises(SourceUnavailable, match="no space left on device"):
        results.make(job, FORMATS[name], "mine")
    assert files_of(job) == ["1.parquet"]


@pytest.mark.parametrize("name", ["json", "csv", "ndjson", "arrow"])
def test_a_large_result_is_made_in_bounded_memory(acme, name, tmp_path):
    path = tmp_path / "result"
    with path.open("wb") as file:
        parquet.write(file, many(300_000))
    tracemalloc.start()
    try:
        with path.open("rb") as source, (tmp_path / "made").open("wb") as target:
            FORMATS[name].write(parquet.Kept(source), target)
            size = target.tell()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size > 10_000_000
    assert peak < 12_000_000


def test_results_go_when_their_time_is_over(acme):
    job = stored_job(acme, TRICKY)
    results.provide(job, "csv")
    report = job.reports.get()
    assert expiry.expire(now=after(1)) == 0
    assert len(files_of(job)) == 2
    assert expiry.expire(now=after(1) + KEEP) == 1
    assert fresh(report).status == "expired"
    assert files_of(job) == []
    assert not ResultFile.objects.exists()
    with pytest.raises(Gone):
        results.body(job)


def test_a_result_somebody_may_still_read_stays(acme):
    first, second = submit(acme), submit(acme)
    job = claim()
    stored = results.write(job, Result())
    lifecycle.succeed(job, stored.as_columns(), now=after(1), keep=KEEP)
    type(first).objects.filter(pk=first.pk).update(expires_at=after(2))
    expiry.expire(now=after(3))
    assert (fresh(first).status, fresh(second).status) == ("expired", "succeeded")
    assert results.body(fresh(job))
