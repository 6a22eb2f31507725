"""Users of a server: passwords are never told, and one who may only read can be read with."""

import threading
import uuid

import pytest

from tests.clickhouse_server import Server
from tests.warehouse.waiting import eventually
from warehouse import exceptions
from warehouse.schema.apply import apply
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql.statement import Statement

# The reader may do no more than docs/engine.md says it must.
CONFIG = """
<clickhouse>
  <user_directories><users_xml><path>{config}</path></users_xml></user_directories>
  <profiles>
    <default/>
    <reader>
      <readonly>1</readonly>
      <max_execution_time>2</max_execution_time>
      <cancel_http_readonly_queries_on_client_close>1</cancel_http_readonly_queries_on_client_close>
    </reader>
    <strict><max_memory_usage>20000000</max_memory_usage></strict>
  </profiles>
  <quotas><default/></quotas>
  <users>
    <default><password/><profile>default</profile><networks><ip>::/0</ip></networks></default>
    <writer>
      <password>p@ss,w:rd/%41</password>
      <profile>default</profile><networks><ip>::/0</ip></networks>
    </writer>
    <reader>
      <password>hidden</password>
      <profile>reader</profile><networks><ip>::/0</ip></networks>
      <grants>
        <query>GRANT SELECT ON trellis.*</query>
        <query>GRANT SELECT ON system.processes</query>
      </grants>
    </reader>
    <strict>
      <password>hidden</password>
      <profile>strict</profile><networks><ip>::/0</ip></networks>
    </strict>
  </users>
</clickhouse>
"""
HEAVY = Statement("SELECT sum(cityHash64(number, toString(number))) FROM numbers(100000000000)")


@pytest.fixture(scope="module")
def server():
    """A server with users."""
    server = Server(CONFIG)
    server.start()
    engine = ClickHouse.open(url(server, "writer:p%40ss%2Cw%3Ard%2F%2541"))
    apply(engine)
    engine.close()
    yield server
    server.close()


@pytest.fixture
def reader(server):
    """The event store as its reader sees it."""
    engine = ClickHouse.open(url(server, "reader:hidden"))
    yield engine
    engine.close()


def url(server, user):
    return server.url.replace("//", f"//{user}@")


def start(engine, tag):
    ended = []

    def work():
        try:
            engine.run(HEAVY, tag=tag, timeout_seconds=60)
        except exceptions.WarehouseError as error:
            ended.append(type(error))

    thread = threading.Thread(target=work)
    thread.start()
    return thread, ended


def test_a_user_who_may_set_nothing_reads(reader):
    view = "SELECT count() FROM trellis.events(organization_id={o:String})"
    assert reader.run(Statement(view, {"o": "nobody"}), tag="t").rows == [(0,)]
    with reader.stream(Statement("SELECT number FROM numbers(200000)"), tag="t") as blocks:
        assert sum(map(len, blocks)) == 200_000
    assert apply_refused(reader)


def apply_refused(engine):
    with pytest.raises(exceptions.QueryRejected):
        engine.command(Statement("CREATE DATABASE other"))
    return True


def test_the_queries_of_such_a_user_are_seen_and_killed(reader):
    tag = str(uuid.uuid4())
    thread, ended = start(reader, tag)
    eventually(lambda: tag in reader.running())
    reader.kill(tag)
    thread.join(10)
    assert ended == [exceptions.QueryCancelled]


def test_the_time_limit_of_such_a_user_is_the_profiles(reader):
    thread, ended = start(reader, str(uuid.uuid4()))
    thread.join(10)
    assert ended == [exceptions.SourceTimeout]


def test_a_stricter_profile_stays(server):
    engine = ClickHouse.open(url(server, "strict:hidden"))
    text = "SELECT toUInt64(value) FROM system.settings WHERE name = 'max_memory_usage'"
    assert engine.run(Statement(text), tag="t").rows == [(20_000_000,)]
    engine.close()


@pytest.mark.parametrize("user", ["writer:s3cret", "writer:s3/cret", "nobody:s3cret"])
def test_a_wrong_password_is_told_to_nobody(server, caplog, user):
    with pytest.raises(exceptions.SourceUnavailable) as refused:
        ClickHouse.open(url(server, user))
    assert "cret" not in str(refused.value)
    assert "cret" not in caplog.text
    assert "cret" not in repr(refused.value.__cause__)
