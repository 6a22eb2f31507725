"""The source of answers: limits, progress, kills, inserts that count once, errors as ours."""

import subprocess
import sys
import threading
import uuid
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from tests.engine import store
from tests.warehouse.waiting import eventually
from warehouse import exceptions
from warehouse.schema.apply import apply, statements
from warehouse.schema.events import EVENT_IDS
from warehouse.sources.address import Address, physical_memory
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sources.limits import SPILLS
from warehouse.sql.statement import Statement

HEAVY = Statement(
    "SELECT sum(sleepEachRow(0.001)) FROM numbers(10000000) SETTINGS max_block_size = 100"
)


def count(clickhouse, organization):
    view = "SELECT count() FROM trellis.events(organization_id={o:String})"
    return clickhouse.run(Statement(view, {"o": organization}, (organization,)), tag="count").rows[
        0
    ][0]


def test_an_answer_says_what_it_read(clickhouse):
    found = clickhouse.run(Statement("SELECT max(number) AS n FROM numbers(10)"), tag="t")
    assert found.names == ("n",)
    assert found.types == ("UInt64",)
    assert found.rows == [(9,)]
    assert found.rows_read == 10
    assert found.bytes_read == 80


def test_values_come_back_as_they_were_bound(clickhouse):
    hostile = ["' OR 1=1 --", "\\", "\t\n\r", "{a:String}", "日本🦄", "\x00", "`\"'\\'"]
    text = "SELECT {all:Array(String)}, {one:String}"
    found = clickhouse.run(Statement(text, {"all": hostile, "one": hostile[2]}), tag="t")
    assert found.rows == [(hostile, hostile[2])]


def test_a_running_query_shows_progress_and_a_kill_ends_it(clickhouse):
    tag, ended = str(uuid.uuid4()), []

    def work():
        try:
            clickhouse.run(HEAVY, tag=tag, timeout_seconds=60)
        except exceptions.WarehouseError as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    progress = eventually(lambda: (p := clickhouse.running().get(tag)) and p.rows_read and p)
    assert progress.rows_total >= progress.rows_read
    clickhouse.kill(tag)
    assert tag not in clickhouse.running()
    thread.join(10)
    assert ended == [exceptions.QueryCancelled]


def test_a_kill_ends_a_command_too(clickhouse):
    tag, ended = str(uuid.uuid4()), []
    text = f"INSERT INTO FUNCTION null('n UInt64') {HEAVY.text}"

    def work():
        try:
            clickhouse.command(Statement(text), tag=tag)
        except exceptions.WarehouseError as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    eventually(lambda: tag in clickhouse.running())
    clickhouse.kill(tag)
    thread.join(10)
    assert ended == [exceptions.QueryCancelled]


def test_killing_what_does_not_run_returns(clickhouse):
    clickhouse.kill(str(uuid.uuid4()))


def test_a_query_past_its_time_is_stopped(clickhouse):
    with pytest.raises(exceptions.SourceTimeout):
        clickhouse.run(HEAVY, tag="t", timeout_seconds=0.2)


def test_readers_cannot_write(clickhouse):
    with pytest.raises(exceptions.QueryRejected):
        clickhouse.run(Statement("INSERT INTO trellis.event_ids (id_hash) VALUES (1)"), tag="t")


def test_an_error_says_nothing_about_sql_or_data(clickhouse):
    with pytest.raises(exceptions.QueryRejected) as caught:
        clickhouse.run(Statement("SELECT toUInt64('acme-secret')"), tag="t")
    assert "secret" not in str(caught.value)
    assert "SELECT" not in str(caught.value)


def test_an_insert_counts_once_however_often_its_token_is_repeated(clickhouse):
    organization, token = str(uuid.uuid4()), str(uuid.uuid4())
    ids = [
        {
            "organization_id": organization,
            "id_hash": number,
            "batch_id": "b",
            "received_at": datetime(2024, 1, 1, tzinfo=UTC),
        }
        for number in range(3)
    ]
    rows = pa.Table.from_pylist(ids, EVENT_IDS)
    text = "SELECT count() FROM trellis.event_ids WHERE organization_id = {o:String}"
    for _ in range(3):
        clickhouse.insert("event_ids", rows, token=token)
    stored = clickhouse.run(Statement(text, {"o": organization}, (organization,)), tag="t")
    assert stored.rows == [(3,)]
    clickhouse.insert("event_ids", rows, token=str(uuid.uuid4()))
    stored = clickhouse.run(Statement(text, {"o": organization}, (organization,)), tag="t")
    assert stored.rows == [(6,)]


def test_an_insert_over_many_months_is_whole_and_counts_once(clickhouse):
    organization, token = str(uuid.uuid4()), str(uuid.uuid4())
    names = ["organization_id", "event_time"]
    times = [datetime(1990 + n // 12, n % 12 + 1, 1, tzinfo=UTC) for n in range(120)]
    columns = [pa.array([organization] * 120), pa.array(times, pa.timestamp("ms", tz="UTC"))]
    for _ in range(2):
        clickhouse.insert("analytics_events", pa.table(columns, names=names), token=token)
    assert count(clickhouse, organization) == 120


REOPENED = """
import sys
from datetime import UTC, datetime
import pyarrow as pa
from warehouse.schema.apply import apply
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.statement import Statement
engine = ClickHouse.open("chdb://" + sys.argv[1])
names = apply(engine)
moments = pa.array([datetime(2024, 1, 1, tzinfo=UTC)], pa.timestamp("ms", tz="UTC"))
rows = pa.table([pa.array(["o"]), moments], names=["organization_id", "event_time"])
engine.insert("analytics_events", rows, token="same")
view = "SELECT count() FROM trellis.events(organization_id={o:String})"
print(len(names), engine.run(Statement(view, {"o": "o"}, ("o",)), tag="t").rows[0][0])
engine.close()
"""


def test_a_token_and_the_schema_are_remembered_after_reopening(tmp_path):
    seen = [
        subprocess.run(
            [sys.executable, "-c", REOPENED, str(tmp_path / "engine")],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for _ in range(2)
    ]
    assert seen == [["8", "1"], ["0", "1"]]


def test_the_schema_is_applied_once(clickhouse):
    assert apply(clickhouse) == []


def test_a_migration_is_cut_at_semicolons_that_end_a_line():
    found = statements("-- a; comment;\nCREATE a;\n\nCREATE\nb ';x';\n")
    assert [one.text for one in found] == ["CREATE a", "CREATE\nb ';x'"]


def test_threads_share_one_engine(clickhouse):
    organization = str(uuid.uuid4())
    event = {"organization_id": organization, "event_time": datetime(2024, 1, 1, tzinfo=UTC)}
    seen = []

    def work():
        store(clickhouse, [event])
        seen.append(count(clickhouse, organization))

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 12
    assert count(clickhouse, organization) == 12


def test_an_embedded_engine_has_the_memory_limit_of_its_url(embedded_engine):
    text = "SELECT toUInt64(value) FROM system.server_settings WHERE name = {name:String}"
    name = "max_server_memory_usage"
    (limit,) = embedded_engine.run(Statement(text, {"name": name}), tag="t").rows[0]
    assert limit == Address("chdb:///elsewhere").options["chdb_options"][name]


def test_a_question_may_not_use_all_memory_and_goes_to_disk_before(clickhouse):
    names = ["max_memory_usage", *SPILLS]
    text = "SELECT name, toUInt64(value) FROM system.settings WHERE name IN {names:Array(String)}"
    found = dict(clickhouse.run(Statement(text, {"names": names}), tag="t").rows)
    assert 0 < found["max_memory_usage"] < physical_memory()
    assert [found[name] for name in SPILLS] == [found["max_memory_usage"] // 2] * 2
    text = "SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000"
    with pytest.raises(exceptions.SourceError):
        clickhouse.run(Statement(text), tag="t")


@pytest.mark.parametrize(
    "url",
    [
        "chdb:///tmp/x?max_memory=1",
        "chdb://relative/path",
        "ftp://host",
        "http://",
        "/just/a/path",
    ],
)
def test_a_url_that_would_not_open_what_it_says_is_refused(url):
    with pytest.raises(exceptions.SourceUnavailable):
        ClickHouse.open(url)


def test_a_server_nobody_runs_is_unavailable(unused_tcp_port):
    with pytest.raises(exceptions.SourceUnavailable):
        ClickHouse.open(f"http://127.0.0.1:{unused_tcp_port}")


def test_an_engine_elsewhere_in_the_process_is_unavailable(embedded_engine, tmp_path):
    with pytest.raises(exceptions.SourceUnavailable):
        ClickHouse.open(f"chdb://{tmp_path}/other")
