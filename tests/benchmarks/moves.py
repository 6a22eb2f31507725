"""A process that makes moves of reports as a worker does, and says when each was committed.

It takes one JSON document a line: `{"organizations": 100}` answers with a token of each,
`{"move": [0, 1, 2]}` with organization, cursor and the moment of each commit. The job is in a queue
that nobody serves, so only the way from the commit to the sockets is measured.
"""

import json
import sys
import time
from functools import partial

import django

django.setup(set_prefix=False)

from django.db import transaction  # noqa: E402

from reports import journal, lifecycle  # noqa: E402
from reports.models import Job, Report  # noqa: E402
from warehouse.clock import now  # noqa: E402
from warehouse.tenancy import keys  # noqa: E402
from warehouse.tenancy.models import Organization  # noqa: E402

REQUEST = {"metrics": ["events", "visitors"], "dimensions": ["source"], "period": "last_7_days"}


def organizations(count, reports):
    """Make `count` organizations with a report each; returns their tokens."""
    first = len(reports)
    for number in range(first, first + count):
        slug = f"push-{number}"
        owner = Organization.objects.create(slug=slug, name=slug)
        reports.append((owner, _report(owner)))
    return [
        keys.issue(owner, name="push", scopes=("reports:read",))[1] for owner, _ in reports[first:]
    ]


def _report(owner):
    at = now()
    asked = {"organization": owner, "kind": "query", "request": REQUEST}
    job = Job.objects.create(
        **asked, fingerprint="push", asked_at=at, run_after=at, timeout_seconds=30, queue="nobody"
    )
    return Report.objects.create(**asked, job=job, subject="key:0", created_at=at)


def move(reports, chosen):
    """Commit one event in each of the chosen organizations, one after the other."""
    committed = []
    for number in chosen:
        owner, report = reports[number]
        moments: list[float] = []
        with transaction.atomic():
            # Before the event is announced, for that happens in the order of registration.
            transaction.on_commit(partial(_stamp, moments))
            lifecycle.enter(report, now=now())
        committed.append((number, journal.newest(str(owner.id)), moments[0]))
    return committed


def _stamp(moments):
    moments.append(time.monotonic())


def main():
    """Answer each line of the standard input."""
    reports: list[tuple[Organization, Report]] = []
    for line in sys.stdin:
        told = json.loads(line)
        if "organizations" in told:
            answer = organizations(told["organizations"], reports)
        else:
            answer = move(reports, told["move"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
