"""The doors by which Celery and the reconciler reach the intake."""

import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from enrichment import groups, retention, storing, tasks
from enrichment.models import Batch, InsertGroup
from tests.enrichment.senders import LEASE, NOW, OWNER, send, stored, view, work
from warehouse import clock
from warehouse.worker import process as processes
from warehouse.worker.slots import Slots


@pytest.fixture
def worker(clickhouse):
    """This process as a worker whose only queue is the intake; `woken` lists who was woken."""
    woken: list[str] = []
    work_once = partial(storing.work_once, clickhouse, owner=OWNER, clock=clock.now, lease=LEASE)
    slots = Slots({"intake": 1})
    process = SimpleNamespace(
        id=OWNER,
        alone=True,
        drain=lambda queue: slots.drain(queue, work_once),
        wake=woken.append,
        woken=woken,
    )
    before = list(processes._current)
    processes._current[:] = [process]  # type: ignore[list-item]
    yield process
    processes._current[:] = before


def test_hint_stores_everything_that_waits(acme, globex, clickhouse, worker):
    send(acme, view(event_id="a"))
    send(globex, view(event_id="b"))
    tasks.work()
    assert stored(clickhouse, acme) == ["a"]
    assert stored(clickhouse, globex) == ["b"]


def test_reconciler_wakes_the_intake_only_when_something_is_due(acme, worker):
    tasks.reconcile()
    assert worker.woken == []
    send(acme, view())
    tasks.reconcile()
    assert worker.woken == ["intake"]


def test_reconciler_of_the_only_worker_takes_over_at_once(acme, worker):
    send(acme, view())
    groups.claim(owner=acme.pk, now=clock.now(), lease=timedelta(hours=1))
    tasks.reconcile()
    assert worker.woken == ["intake"]


def test_purge_keeps_what_is_not_stored(acme, clickhouse):
    send(acme, view())
    work(clickhouse)
    send(acme, view())
    assert retention.purge(before=NOW, emptied=NOW) == 0
    assert retention.purge(before=NOW + timedelta(seconds=1), emptied=NOW) == 2
    assert Batch.objects.get().state == "pending"
    assert not InsertGroup.objects.exists()


def test_stored_batch_gives_its_payload_back(acme, clickhouse):
    send(acme, view())
    work(clickhouse)
    assert bytes(Batch.objects.get().payload) == b""


def test_door_of_events_loads_no_driver(tmp_path):
    script = (
        "import django, sys; django.setup(); import enrichment.api.urls; "
        "print({'chdb', 'clickhouse_connect', 'pyarrow'} & set(sys.modules))"
    )
    environment = {
        "DJANGO_SETTINGS_MODULE": "warehouse.settings",
        "TRELLIS_VAR": str(tmp_path),
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"
