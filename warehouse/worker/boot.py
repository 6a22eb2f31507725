"""Brings a worker up and down: opens the engine before the first claim, starts its threads.

Loaded by name in `warehouse.celery`, and only in a worker: this is where the driver comes in.
"""

import os
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from discovery.campaigns import standing
from enrichment import storing
from enrichment import tasks as intake_tasks
from reports import dispatch
from reports import tasks as report_tasks
from reports.exports import tasks as export_tasks
from reports.exports.exporter import Exporter
from reports.kinds import KINDS
from reports.monitor import Monitor
from reports.runner import Runner
from reports.schedules import tending
from reports.webhooks import posting, turns
from reports.webhooks import sender as sending
from reports.webhooks.guard import Guard
from warehouse import clock, sizes
from warehouse.cache.l2 import L2
from warehouse.copying.rounds import Copier
from warehouse.custody import tasks as custody_tasks
from warehouse.custody.archive import Archivist
from warehouse.custody.runner import Runner as Errands
from warehouse.env import ENV
from warehouse.schema.apply import apply
from warehouse.settings import REDIS
from warehouse.sources.bigquery import BigQuery
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sources.redis import connect
from warehouse.worker import custody, liveness
from warehouse.worker.clock import agreed
from warehouse.worker.process import Process, current, start
from warehouse.worker.reconciler import Reconciler
from warehouse.worker.slots import Slots

GOODBYE_SECONDS = 10.0

_threads: list[Monitor | Reconciler] = []


def up() -> None:
    """Open the engine, apply its schema, take over what dead workers left, start the threads."""
    clickhouse = ClickHouse.open(ENV.clickhouse_url, ENV.clickhouse_read_url)
    apply(clickhouse)
    process = Process(
        id=uuid.uuid4(),
        name=f"{socket.gethostname()}:{os.getpid()}",
        alone=ENV.clickhouse_url.startswith("chdb:"),
        slots=Slots(ENV.slots),
        clickhouse=clickhouse,
        cache=L2(connect(REDIS["cache"])),
        clock=agreed(),
    )
    process.copier = _copier(process)
    monitor = Monitor(
        clickhouse,
        clock=process.clock,
        lease_seconds=ENV.lease_seconds,
        stopping=process.slots.stopping,
    )
    sender = sending.Sender(process.id, process.clock, _poster(process))
    archivist = Archivist(clickhouse, ENV.archive_months, process.clock)
    process.queues |= _queues(process, monitor, archivist)
    process.queues[turns.QUEUE] = partial(sending.work_once, process, sender)
    start(process)
    now = process.clock()
    liveness.register(process.id, name=process.name, engine=clickhouse.version, now=now)
    if process.alone:
        dispatch.reap_all(now=now)
    _threads[:] = [
        monitor,
        Reconciler(_duties(process, sender, archivist), seconds=ENV.reconcile_seconds),
    ]
    for thread in _threads:
        thread.start()


def stop() -> None:
    """Claim nothing more; the monitor stops what runs and hands it back."""
    current().slots.stopping.set()


def down() -> None:
    """Wait until running work is handed back, then end the threads and close the engine."""
    process = current()
    process.slots.stopping.set()
    deadline = time.monotonic() + GOODBYE_SECONDS
    while not _idle(process) and time.monotonic() < deadline:
        time.sleep(0.02)
    for thread in _threads:
        thread.close()
    liveness.leave(process.id)
    process.clickhouse.close()


def _idle(process: Process) -> bool:
    return process.slots.idle and (process.copier is None or process.copier.idle)


def _queues(
    process: Process, monitor: Monitor, archivist: Archivist
) -> dict[str, Callable[[], bool]]:
    """Return how one piece of each queue's work is claimed and done."""
    runner = Runner(
        kinds=KINDS,
        clickhouse=process.clickhouse,
        cache=process.cache,
        monitor=monitor,
        clock=process.clock,
        keep=timedelta(days=ENV.result_days),
    )
    errands = Errands(
        works=custody.works(process, keep=timedelta(days=ENV.result_days)),
        owner=process.id,
        clock=process.clock,
        lease=timedelta(seconds=ENV.lease_seconds),
        stopping=process.slots.stopping,
    )
    return {
        report_tasks.QUEUE: partial(report_tasks.work_once, process, runner),
        export_tasks.QUEUE: partial(
            _bulk_once, process, Exporter(monitor, process.clock), errands, archivist
        ),
        intake_tasks.QUEUE: partial(
            storing.work_once,
            process.clickhouse,
            owner=process.id,
            clock=process.clock,
            lease=timedelta(seconds=ENV.lease_seconds),
            rules=standing.of,
        ),
    }


def _bulk_once(
    process: Process, exporter: Exporter, errands: Errands, archivist: Archivist
) -> bool:
    """Do one errand, or make one format of a result, or archive: each may take minutes."""
    return (
        errands.work_once()
        or report_tasks.work_once(process, exporter, export_tasks.QUEUE)
        or archivist.work_once()
    )


def _poster(process: Process) -> posting.Poster:
    return posting.Poster(Guard(ENV.webhook_networks), posting.trusting(), process.clock)


def _copier(process: Process) -> Copier | None:
    """Return what keeps the copy in BigQuery, where the settings name one."""
    if ENV.bigquery is None:
        return None
    source = BigQuery(ENV.bigquery, ENV.bigquery_endpoint, ENV.bigquery_max_bytes)
    return Copier(process.clickhouse, source, process.id, process.clock, process.slots.stopping)


def _duties(
    process: Process, sender: sending.Sender, archivist: Archivist
) -> dict[str, Callable[[], object]]:
    copying = {"copying": process.copier.work} if process.copier else {}
    return {
        **copying,
        "liveness": partial(_seen, process),
        "reports": partial(report_tasks.reconcile, process),
        "exports": partial(export_tasks.reconcile, process),
        "intake": intake_tasks.reconcile,
        "schedules": partial(tending.fire, process),
        "firings": partial(tending.settle, process),
        "deliveries": partial(sending.reconcile, process, sender),
        "custody": partial(custody_tasks.reconcile, process),
        "archive": partial(_archived, process, archivist),
        "sizes": partial(_measured, process),
    }


def _archived(process: Process, archivist: Archivist) -> None:
    if archivist.due():
        process.wake(export_tasks.QUEUE)


def _measured(process: Process) -> None:
    sizes.refresh(process.clickhouse, now=clock.now())


def _seen(process: Process) -> None:
    liveness.seen(process.id, now=clock.now())
