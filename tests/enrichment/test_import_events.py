"""`manage.py import_events`: every format, nothing running, and nothing lost."""

import gzip
import io
import sys

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from django.core.management import CommandError, call_command

from enrichment.importers import files
from enrichment.models import Batch
from tests.enrichment.senders import stored, work
from tests.enrichment.test_access_log import SAMPLE

LINE = b'192.0.2.%d - - [17/May/2015:10:05:03 +0000] "GET /%d HTTP/1.1" 200 5 "-" "UA"\n'
EVENTS = [
    {"event_name": "view", "event_time": "2026-03-01T00:00:00Z", "properties": {"plan": "pro"}},
    {"event_name": "buy", "event_time": "2026-03-01T00:00:01Z", "conversion_value": "9.50"},
]


def run(*args, **options):
    out = io.StringIO()
    call_command("import_events", *map(str, args), stdout=out, skip_checks=True, **options)
    return out.getvalue()


def write(path, body):
    path.write_bytes(body)
    return path


def log(count):
    return b"".join(LINE % (n % 250, n) for n in range(count))


def test_access_log_is_committed_without_any_service(acme, tmp_path):
    said = run("acme", write(tmp_path / "site.log", log(25)))
    assert "accepted 25 events, rejected 0" in said
    assert "as soon as a worker runs" in said
    assert Batch.objects.get().events == 25
    assert Batch.objects.get().source == "import"


@pytest.mark.parametrize(
    ("name", "compress"),
    [("a.log", bytes), ("a.log.gz", gzip.compress), ("a.log.zst", zstandard.compress)],
)
def test_file_is_decompressed_by_its_ending(acme, tmp_path, name, compress):
    assert "accepted 3 " in run("acme", write(tmp_path / name, compress(log(3))))


def test_standard_input_is_read(acme, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(log(3))))
    assert "accepted 3 " in run("acme", "-", format="access-log")


def test_bad_rows_are_written_aside_with_line_and_reason(acme, tmp_path):
    lines = [orjson.dumps(EVENTS[0]), b"{oops", b'{"event_name": ""}', b"", b'{"evnt": 1}', b"[]"]
    aside = tmp_path / "rejected.ndjson"
    said = run("acme", write(tmp_path / "a.ndjson", b"\n".join(lines)), rejected=aside)
    assert "accepted 1 events, rejected 4" in said
    assert str(aside) in said
    rows = [orjson.loads(line) for line in aside.read_bytes().splitlines()]
    assert [row["line"] for row in rows] == [2, 3, 5, 6]
    assert "JSON" in rows[0]["reason"]
    assert "event_name is required" in rows[1]["reason"]
    assert rows[0]["row"] == "{oops"


def test_all_formats_bring_the_same_events(acme, globex, clickhouse, tmp_path):
    csv = (
        "event_name,event_time,conversion_value,plan\n"
        "view,2026-03-01T00:00:00Z,,pro\n"
        "buy,2026-03-01T00:00:01Z,9.50,\n"
    )
    table = pa.table(
        {
            "event_name": ["view", "buy"],
            "event_time": pa.array([1772323200000, 1772323201000], pa.timestamp("ms")),
            "conversion_value": pa.array([None, "9.50"]).cast(pa.decimal128(10, 2)),
            "properties": pa.array([[("plan", "pro")], None], pa.map_(pa.string(), pa.string())),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    run("acme", write(tmp_path / "a.ndjson", b"\n".join(map(orjson.dumps, EVENTS))))
    run("acme", write(tmp_path / "a.csv", csv.encode()))
    run("acme", tmp_path / "a.parquet")
    work(clickhouse, Batch.objects.latest("received_at").received_at)
    column = "(event_name, toString(event_time), toString(conversion_value), properties)"
    rows = stored(clickhouse, acme, column)
    assert len(rows) == 6
    assert rows[0] == rows[1] == rows[2]
    assert rows[3] == rows[4] == rows[5]
    assert rows[0][3] == {"plan": "pro"}
    assert rows[3][2] == "9.5"


def test_csv_rows_that_do_not_fit_are_refused(acme, tmp_path):
    csv = b'event_name,page_views\nview,1\nview\nview,many\n"multi\nline",2\n'
    aside = tmp_path / "rejected.ndjson"
    said = run("acme", write(tmp_path / "a.csv", csv), rejected=aside)
    assert "accepted 2 events, rejected 2" in said
    assert [orjson.loads(line)["line"] for line in aside.read_bytes().splitlines()] == [3, 4]


@pytest.mark.parametrize("end", [b"", b'open,3\nview",4\n'])
def test_a_lost_quote_in_csv_costs_its_own_line_only(acme, tmp_path, end):
    rows = [b"view,%d\n" % number for number in range(10_000)]
    rows[4] = b'"open,1\n'
    csv = b"event_name,page_views\n" + b"".join(rows) + end
    aside = tmp_path / "rejected.ndjson"
    run("acme", write(tmp_path / "a.csv", csv), rejected=aside)
    refused = [orjson.loads(line) for line in aside.read_bytes().splitlines()]
    assert refused[0]["line"] == 6
    assert (
        sum(batch.events for batch in Batch.objects.all()) + len(refused) == 10_000 + bool(end) * 2
    )
    assert len(refused) <= 2


def test_same_file_again_adds_nothing(acme, clickhouse, tmp_path):
    file = write(tmp_path / "a.log", log(20))
    run("acme", file)
    run("acme", file)
    work(clickhouse, Batch.objects.latest("received_at").received_at)
    assert len(stored(clickhouse, acme)) == 20
    assert len({name.rpartition(":")[0] for name in stored(clickhouse, acme)}) == 1


@pytest.mark.parametrize(
    ("args", "options", "said"),
    [
        (["nobody", "a.log"], {}, "create_organization nobody"),
        (["acme", "missing.log"], {}, "missing.log"),
        (["acme", __file__], {}, "--format"),
    ],
)
def test_refusals_say_what_to_do(acme, args, options, said):
    with pytest.raises(CommandError, match=said):
        run(*args, **options)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.LOG.gz", "access-log"),
        ("access.log.1.gz", "access-log"),
        ("access_log", "access-log"),
        ("site.log-20260131.zst", "access-log"),
        ("access.log.csv", "csv"),
        ("a.jsonl", "ndjson"),
        ("catalog.1", None),
        ("-", None),
    ],
)
def test_a_name_tells_the_format(name, expected):
    assert files.format_of(name) == expected


def test_file_without_a_single_event_fails(acme, tmp_path):
    with pytest.raises(CommandError, match="is its format access-log"):
        run("acme", write(tmp_path / "photo.log", bytes(range(256))))


@pytest.mark.parametrize("name", ["a.log.gz", "a.parquet", "a.ndjson.zst"])
def test_broken_file_is_a_clear_refusal(acme, tmp_path, name):
    with pytest.raises(CommandError, match=name):
        run("acme", write(tmp_path / name, b"not what it says"))


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"the real log {SAMPLE.name} is not there")
def test_real_log_is_stored_whole(acme, clickhouse, tmp_path):
    aside = tmp_path / "rejected.ndjson"
    said = run("acme", SAMPLE, format="access-log", rejected=aside)
    assert "accepted 9999 events, rejected 1;" in said
    [row] = [orjson.loads(line) for line in aside.read_bytes().splitlines()]
    assert row["line"] == 8899
    work(clickhouse, Batch.objects.latest("received_at").received_at)
    ids = stored(clickhouse, acme)
    assert len(ids) == len(set(ids)) == 9_999
    assert "semicomplete.com" not in stored(clickhouse, acme, "source")
