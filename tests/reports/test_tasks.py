"""A job's outermost door: what a fault that nobody foresaw means for the job."""

from typing import Any
from uuid import uuid4

from django.db import OperationalError

from reports.tasks import work_once
from tests.reports.builders import fresh, submit
from tests.reports.stations import Station, failing
from warehouse.clock import now
from warehouse.worker.process import Process
from warehouse.worker.slots import Slots


def test_trouble_with_the_database_is_tried_again_and_a_bug_is_not(acme, transactional_db):
    parts: tuple[Any, ...] = (uuid4(), "worker", True, Slots({"reports": 1}), None, None, now)
    process = Process(*parts)
    for fault, state in ((OperationalError("gone"), "queued"), (KeyError("bug"), "failed")):
        report = submit(acme, now=now(), question=str(fault))
        station = Station(failing(fault))
        station.now = now()
        assert work_once(process, station.runner)
        assert fresh(report.job).state == state
