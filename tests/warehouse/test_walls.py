"""A server's reader, as the file we write makes it: what it may not do, whatever it is sent."""

import re
from contextlib import suppress
from datetime import UTC, datetime
from io import StringIO

import clickhouse_connect
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError
from django.core.management import call_command

from tests.clickhouse_server import Server
from tests.engine import store
from warehouse import exceptions
from warehouse.schema import users
from warehouse.schema.apply import apply
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import walls
from warehouse.sql.statement import Statement
from warehouse.sql.tables import SIZES

WRITES, READS = "writes-with-this", "reads-with-that"
# A server merges the file with these; a file that stands alone has to hold them.
OWN = {
    "<clickhouse>": "<user_directories><users_xml><path>{config}</path></users_xml>"
    "</user_directories><quotas><default/></quotas>",
    "<profiles>": "<default/>",
    "<users>": "<default><password/><profile>default</profile>"
    "<networks><ip>::/0</ip></networks></default>",
}
EVENT = {"event_name": "view", "visitor_id": "v", "session_id": "s", "event_id": "e"}


@pytest.fixture(scope="module")
def server():
    config = users.document(WRITES, READS)
    for opening, added in OWN.items():
        config = config.replace(opening, opening + added, 1)
    server = Server(config)
    server.start()
    yield server
    server.close()


@pytest.fixture(scope="module")
def engine(server):
    """The event store read by the reader and written by the writer, with events of two."""
    named = server.url.replace("//", "//{}@").format
    writer, reader = f"{users.WRITER}:{WRITES}", f"{users.READER}:{READS}"
    engine = ClickHouse.open(named(writer), named(reader))
    apply(engine)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for owner, count in (("acme", 1), ("globex", 2)):
        rows = [EVENT | {"organization_id": owner, "event_time": at} for _ in range(count)]
        store(engine, rows)
    yield engine
    engine.close()


@pytest.fixture
def bare(server):
    """The reader without this product: whoever got hold of its password."""
    client = clickhouse_connect.get_client(
        host="127.0.0.1", port=server.port, username=users.READER, password=READS
    )
    yield client
    client.close()


def test_the_product_works_with_both_users(engine):
    view = "SELECT count() FROM trellis.events(organization_id = {o:String})"
    for owner, count in (("acme", 1), ("globex", 2)):
        statement = Statement(view, {"o": owner}, (owner,))
        assert engine.run(statement, tag="t").rows == [(count,)]
        assert engine.run(statement, tag="t", first=True).rows == [(count,)]
    assert {name for name, *_ in engine.ask(SIZES)} >= {"analytics_events"}
    assert engine.running() == {}


def test_a_statement_that_forgot_its_organization_reads_nothing(engine):
    text = "SELECT count() FROM trellis.{}"
    for table in walls.OWNED:
        statement = Statement(text.format(table))
        assert engine.run(statement, tag="t").rows == [(0,)], table


def test_row_policies_show_nothing_to_who_names_nobody(engine, bare):
    for table in walls.OWNED:
        assert bare.query(f"SELECT count() FROM trellis.{table}").result_rows == [(0,)], table
    dropped = f"SELECT count() FROM trellis.analytics_events SETTINGS {walls.FILTERS} = {{}}"
    filters = walls.settings(("acme",))
    assert bare.query(dropped, settings=filters).result_rows == [(0,)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'x String')",
        "SELECT * FROM file('/etc/passwd', 'LineAsString', 'x String')",
        "SELECT * FROM remote('127.0.0.1:1', 'system.one')",
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "SELECT * FROM s3('http://127.0.0.1:1/a/b.csv', 'CSV', 'x String')",
        "SELECT name FROM system.users",
        "SELECT query FROM system.processes",
        "SELECT value FROM system.server_settings",
        "INSERT INTO trellis.event_ids (id_hash) VALUES (1)",
        "INSERT INTO FUNCTION file('/tmp/x.csv', 'CSV', 'x UInt8') VALUES (1)",
        "ALTER TABLE trellis.analytics_events DELETE WHERE 1",
        "CREATE TABLE trellis.other (x UInt8) ENGINE = Memory",
        "SET readonly = 0",
    ],
)
def test_the_reader_reaches_nothing_else(engine, bare, text):
    with pytest.raises(DatabaseError):
        bare.command(text)
    with pytest.raises(exceptions.WarehouseError):
        engine.run(Statement(text, {}, ("acme",)), tag="t")


def test_the_command_writes_the_file_and_shows_the_passwords_beside_it():
    file, beside = StringIO(), StringIO()
    call_command("clickhouse_users", stdout=file, stderr=beside)
    writes, reads = re.findall(r"https://\w+:([\w-]+)@HOST", beside.getvalue())
    assert file.getvalue() == users.document(writes, reads)
    assert writes not in file.getvalue()
    assert reads not in file.getvalue()


@pytest.mark.parametrize(
    "function", ["merge('trellis', '^analytics_events$')", "loop(trellis.analytics_events)"]
)
def test_table_functions_lead_around_no_wall(engine, function):
    text = f"SELECT DISTINCT organization_id FROM {function} LIMIT 9"
    shown = set()
    with suppress(exceptions.WarehouseError):
        shown = {owner for (owner,) in engine.run(Statement(text, {}, ("acme",)), tag="t").rows}
    assert shown <= {"acme"}
