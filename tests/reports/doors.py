"""What tests of the report doors share: callers, a worker in a thread, the run's own Redis."""

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test import Client

from reports.exports.exporter import Exporter
from reports.kinds import KINDS
from reports.monitor import Monitor
from reports.runner import Runner
from reports.tasks import work_once
from tests.engine import store
from warehouse.cache.l2 import L2
from warehouse.clock import now
from warehouse.sources.redis import connect
from warehouse.tenancy import keys
from warehouse.tenancy.principal import SCOPES
from warehouse.worker.process import Process
from warehouse.worker.slots import Slots

MORNING = datetime(2024, 1, 7, 9, tzinfo=UTC)
QUERY = {
    "dimensions": ["source"],
    "metrics": ["events"],
    "time_range": {"start": "2024-01-01", "end": "2024-01-31"},
    "order_by": [{"field": "source", "direction": "asc"}],
}


@pytest.fixture
def wired(settings, redis_url):
    """Settings that lead to the run's own Redis, emptied."""
    return wire(settings, redis_url)


def wire(settings, url):
    """Let the settings lead to the Redis at `url`, and empty it."""
    settings.REDIS = {
        name: f"{url}/{number}" for number, name in enumerate(("broker", "cache", "channels"))
    }
    layer = settings.CHANNEL_LAYERS["default"]
    settings.CHANNEL_LAYERS = {
        "default": {**layer, "CONFIG": {**layer["CONFIG"], "hosts": [settings.REDIS["channels"]]}}
    }
    client = connect(settings.REDIS["cache"])
    client.flushall()
    client.close()
    return settings.REDIS


def token_of(organization, scopes=tuple(SCOPES)):
    return keys.issue(organization, name="test", scopes=scopes)[1]


def caller_of(organization, scopes=tuple(SCOPES)):
    return Client(headers={"Authorization": f"Bearer {token_of(organization, scopes)}"})


@pytest.fixture
def caller(transactional_db, wired, acme):
    """A client with a key of Acme that may do everything."""
    return caller_of(acme)


@pytest.fixture
def stranger(transactional_db, wired, globex):
    """A client with a key of Globex that may do everything there."""
    return caller_of(globex)


@contextmanager
def working(clickhouse, redis, kinds=KINDS):
    """Run queued jobs in a thread, as a worker does, while the block runs."""
    stop = threading.Event()
    process = Process(
        id=uuid4(),
        name="test",
        alone=False,
        slots=Slots({"reports": 1}),
        clickhouse=clickhouse,
        cache=L2(connect(redis["cache"])),
        clock=now,
    )
    monitor = Monitor(clickhouse, clock=now, lease_seconds=30, stopping=process.slots.stopping)
    runner = Runner(
        kinds=kinds,
        clickhouse=clickhouse,
        cache=process.cache,
        monitor=monitor,
        clock=now,
        keep=timedelta(days=1),
    )
    exporter = Exporter(monitor, now)
    process.queues["reports"] = lambda: work_once(process, runner)
    process.queues["bulk"] = lambda: work_once(process, exporter, "bulk")

    def work():
        while not stop.is_set():
            worked = [each() for each in process.queues.values()]
            if not any(worked):
                stop.wait(0.02)
        connections.close_all()

    thread = threading.Thread(target=work)
    monitor.start()
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(30)
        monitor.close()


@pytest.fixture
def worker(transactional_db, clickhouse, wired):
    """A worker that runs what is submitted, on the real engine."""
    with working(clickhouse, wired):
        yield


@pytest.fixture
def clicks(clickhouse, acme, globex):
    """Two clicks from google and one from `=evil` for Acme; one from bing for Globex.

    Their sessions are not counted.
    """
    wanted = [(acme, "google"), (acme, "google"), (acme, "=evil"), (globex, "bing")]
    store(clickhouse, [click(*each, index) for index, each in enumerate(wanted)], counted=False)


def click(organization, source, index):
    at = MORNING + timedelta(minutes=index)
    return {
        "organization_id": str(organization.id),
        "event_date": at.date(),
        "event_time": at,
        "event_id": f"{organization.slug}-{index}",
        "event_name": "click",
        "visitor_id": f"v{index}",
        "source": source,
    }


def post(client, path, body=None, **headers):
    """POST JSON; header names are written with underscores."""
    return client.post(
        f"/api/v1{path}",
        data={} if body is None else body,
        content_type="application/json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def get(client, path, **headers):
    return client.get(
        f"/api/v1{path}", headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def asked(client, body=QUERY, wait=30):
    """Ask a query and return the answer, whichever it is."""
    return post(client, "/analytics/query", body, Prefer=f"wait={wait}")


def submitted(client, body=QUERY):
    """Submit a query as a report and return the report document."""
    answer = post(client, "/reports", {"kind": "query", "request": body})
    assert answer.status_code == 202, answer.content
    return answer.json()


def finished(client, body=QUERY):
    """Submit a query, with a worker at work, and return the report once it has its result."""
    asked(client, body)
    [report] = get(client, "/reports?limit=1").json()["items"]
    assert report["status"] == "succeeded", report
    return report


def problem(answer, status):
    """Check that `answer` is a problem document of this status and return it."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert {"type", "title", "status", "code", "detail", "request_id"} <= set(document)
    return document


def bad_fields(answer):
    """Return the bad fields of a 400 with what is said of each."""
    return {error["field"]: error["detail"] for error in problem(answer, 400)["errors"]}
