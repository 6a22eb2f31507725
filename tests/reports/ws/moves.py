"""Moves of reports without a worker, many at once, and how soon a client hears of one."""

import time

from django.db import transaction

from reports import journal, lifecycle
from reports.models import Job, Report
from tests.reports.builders import body
from warehouse.clock import now


def report_of(organization):
    """Return a report whose job is in a queue nobody serves."""
    at = now()
    asked = {"organization": organization, "kind": "query", "request": body("q")}
    job = Job.objects.create(
        **asked, fingerprint=f"{at}", asked_at=at, run_after=at, timeout_seconds=30, queue="nobody"
    )
    return Report.objects.create(**asked, job=job, subject="key:1", created_at=at)


def move(report, count=1):
    """Commit `count` events of the report at once; returns the cursor of the last."""
    with transaction.atomic():
        journal.record([report] * count, lifecycle.EVENTS["queued"], now=now())
    return journal.newest(str(report.organization_id))


def delay(socket, report):
    """Return how many seconds after a commit the client hears of it."""
    cursor = move(report)
    began = time.monotonic()
    while socket.states(1)[0]["cursor"] != cursor:
        pass
    return time.monotonic() - began
