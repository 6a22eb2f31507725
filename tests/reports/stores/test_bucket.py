"""Results in a bucket, over real HTTP: the same as in a folder."""

import socket
import subprocess
import sys
import time
import tracemalloc
from contextlib import suppress

import boto3
import pytest
from botocore.config import Config
from django.core.files.storage import storages

from reports import expiry, results
from reports.formats import FORMATS
from reports.stores import store
from tests.conftest import free_port
from tests.reports.builders import KEEP, after, fresh
from tests.reports.doors import finished, get
from tests.reports.results import TRICKY, many, stored_job
from warehouse.exceptions import Gone, SourceUnavailable
from warehouse.ops import diagnosis
from warehouse.places import storage

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def server():
    """The address of a server with a bucket."""
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            break
        time.sleep(0.05)
    url = f"http://127.0.0.1:{port}"
    client_of(url).create_bucket(Bucket="results")
    yield url
    server.terminate()
    server.wait(10)


def client_of(url):
    return boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}),
    )


def use(settings, url, tmp_path):
    settings.STORAGES = {**settings.STORAGES, "results": storage(url, drafts=str(tmp_path / "d"))}


@pytest.fixture
def bucket(server, settings, monkeypatch, tmp_path):
    """The store in use: a prefix of the bucket."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    url = f"s3://results/{tmp_path.name}?endpoint_url={server}&region=us-east-1"
    use(settings, url, tmp_path)
    return storages["results"]


def whole(stored, **span):
    return b"".join(results.stream(stored, **span))


def test_a_result_is_stored_and_every_format_made_of_it(acme, bucket):
    job = stored_job(acme, TRICKY)
    assert results.body(job) == TRICKY.body()
    for name in FORMATS:
        stored = results.provide(job, name)
        content = whole(stored)
        assert len(content) == stored.bytes
        assert results.provide(job, name) == stored
        assert whole(stored, start=3, end=9) == content[3:9]
    assert whole(results.provide(job, "json")) == TRICKY.body()
    assert bucket.where.startswith("s3://results/")


def test_it_goes_when_its_time_is_over(acme, bucket):
    job = stored_job(acme, TRICKY)
    results.provide(job, "csv")
    assert len(store().names(results.folder(job))) == 2
    assert expiry.expire(now=after(1) + KEEP) == 1
    assert store().names(results.folder(job)) == []
    with pytest.raises(Gone):
        results.body(fresh(job))


def test_a_large_one_is_uploaded_in_parts_and_read_in_bounded_memory(acme, bucket):
    job = stored_job(acme, many(250_000))
    tracemalloc.start()
    try:
        stored = results.make(job, FORMATS["csv"], "large")
        size = sum(len(chunk) for chunk in results.stream(stored))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == stored.bytes > 8 * 1024 * 1024
    assert peak < 32 * 1024 * 1024


def test_a_stream_that_is_left_gives_its_connection_up(acme, bucket):
    stored = results.provide(stored_job(acme, TRICKY), "json")
    left = results.stream(stored)
    next(left)
    left.close()
    assert list(left) == []


def test_what_breaks_off_leaves_nothing(acme, bucket):
    with suppress(ZeroDivisionError), store().draft("half") as draft:
        draft.file.write(b"half")
        raise ZeroDivisionError
    assert not store().exists("half")


@pytest.mark.parametrize("place", ["bucket", "folder"])
def test_all_under_a_folder_is_listed_and_cleared(request, settings, tmp_path, place):
    if place == "bucket":
        request.getfixturevalue("bucket")
    else:
        settings.STORAGES = {**settings.STORAGES, "results": storage(tmp_path.as_uri(), drafts="")}
    names = ["one/1/a.csv", "one/deep/er/b.zip", "one-more/c.csv", "two/d.csv"]
    for name in names:
        with store().draft(name) as draft:
            draft.file.write(b"x")
    assert sorted(store().tree("one")) == names[:2]
    store().clear("one")
    assert store().tree("one") == []
    assert [store().exists(name) for name in names] == [False, False, True, True]
    store().clear("one")
    assert store().tree("nobody") == []


def test_downloads_come_from_the_bucket(caller, bucket, worker, clicks):
    address = f"/reports/{finished(caller)['id']}/result?format=csv"
    answer = get(caller, address)
    assert b"".join(answer.streaming_content) == b"source,events\r\n'=evil,1\r\ngoogle,2\r\n"
    part = get(caller, address, Range="bytes=0-5")
    assert (part.status_code, b"".join(part.streaming_content)) == (206, b"source")


def test_a_bucket_out_of_reach_is_told_without_its_keys(acme, bucket, settings, tmp_path):
    job = stored_job(acme, TRICKY)
    gone = f"s3://results/x?endpoint_url=http://127.0.0.1:{free_port()}&region=us-east-1"
    use(settings, gone, tmp_path)
    with pytest.raises(SourceUnavailable, match="cannot be reached") as told:
        results.body(job)
    assert "secret" not in told.value.detail


def test_a_bucket_that_is_not_there_is_told(acme, server, bucket, settings, tmp_path):
    job = stored_job(acme, TRICKY)
    use(settings, f"s3://nobody/x?endpoint_url={server}&region=us-east-1", tmp_path)
    with pytest.raises(SourceUnavailable, match="nosuchbucket"):
        results.write(job, TRICKY)


def test_the_doctor_looks_at_the_bucket(bucket, server, settings, tmp_path):
    assert diagnosis.results(after(0)).ok
    use(settings, f"s3://nobody/x?endpoint_url={server}&region=us-east-1", tmp_path)
    assert not diagnosis.results(after(0)).ok
