"""A job's outermost door: what unforeseen faults mean for it; and who looks for what is due."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from reports import tasks
from reports.exports import orders
from reports.exports import tasks as exports
from reports.formats import FORMATS
from reports.tasks import work_once
from tests.reports.builders import after, fresh, submit
from tests.reports.results import TRICKY, stored_job
from tests.reports.stations import Station, failing
from warehouse.clock import now
from warehouse.gateway import context
from warehouse.worker.process import Process
from warehouse.worker.slots import Slots


def process_of(slots):
    parts: tuple[Any, ...] = (uuid4(), "worker", True, Slots(slots), None, None, now)
    return Process(*parts)


def test_trouble_with_the_database_is_tried_again_and_a_bug_is_not(acme, transactional_db):
    process = process_of({"reports": 1})
    for fault, state in ((OperationalError("gone"), "queued"), (KeyError("bug"), "failed")):
        report = submit(acme, now=now(), question=str(fault))
        station = Station(failing(fault))
        station.now = now()
        assert work_once(process, station.runner)
        assert fresh(report.job).state == state


@pytest.mark.parametrize("room", [tasks, exports])
def test_what_is_due_is_started_where_a_slot_is_free_and_not_asked_for_elsewhere(
    acme, transactional_db, django_assert_num_queries, room
):
    source = stored_job(acme, TRICKY)
    submit(acme)
    orders.order(source, FORMATS["csv"], now=after(1))
    woken = threading.Event()
    process = process_of({room.QUEUE: 1})
    process.queues[room.QUEUE] = woken.set
    room.reconcile(process)
    assert woken.wait(10)
    with django_assert_num_queries(0):
        tasks.start_due(process_of({room.QUEUE: 0}), room.QUEUE)


def test_what_is_logged_of_a_job_names_its_organization(acme, transactional_db, caplog):
    named: list[str] = []

    def note(record):
        named.append(context.organization.get())
        return True

    caplog.handler.addFilter(note)
    submit(acme, now=now())
    station = Station(failing(KeyError("bug")))
    station.now = now()
    assert work_once(process_of({"reports": 1}), station.runner)
    assert set(named) == {"acme"}
    assert context.organization.get() == ""
