"""Small parts for tests of schedules: one that is due every hour, and a report that is answered."""

import orjson

from reports import lifecycle, results
from reports.models import Delivery, Firing, Job, Schedule
from reports.schedules import endings, firing, schedules
from tests.reports.builders import KEEP, NOON, Result, after, body, claim, fresh
from tests.reports.webhooks.builders import hook
from warehouse.planner.plan import Column
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Membership

HOUR = 3600
ALICE = Actor("user:1", "alice")
META = {
    "window": {"start": "2026-11-16T00:00:00Z", "end": "2026-11-23T00:00:00Z"},
    "timezone": "UTC",
    "row_count": 12,
}
REST = orjson.dumps({"totals": {"n": 1234567.5}, "comparison": None, "meta": META})
SOURCES = Result(
    [["google", "a\nb", None, *"cdefghijk"], list(range(1000, 1012))],
    columns=(Column("source", "string", "dimension"), Column("n", "integer", "metric")),
    rest=REST,
)


def wish(organization, **more):
    """Return what a schedule is asked for by; to a webhook of its own unless it says otherwise."""
    target = more.get("deliver") or {"webhook": str(hook(organization).pk)}
    asked = {"name": "Hourly", "kind": "query", "request": body("q"), "cron": "0 * * * *"}
    return {**asked, **more, "deliver": target}


def schedule(organization, *, now=NOON, **more) -> Schedule:
    """Return a schedule, due for the first time an hour after noon."""
    asked = wish(organization, **more)
    return schedules.create(organization.as_tenant(), asked, by=ALICE, now=now)


def planted(organization, **more) -> Schedule:
    """Return a schedule's row that nobody has put on record."""
    columns = {"name": "Hourly", "kind": "query", "request": body("q"), "cron": "0 * * * *"}
    asked = {"organization": organization, "timezone": "UTC", "created_by": "key:1", **columns}
    return Schedule.objects.create(**{**asked, **more})


def member(organization, users, name, **more):
    """Add a member with an address."""
    user = users.objects.create_user(name, f"{name}@{organization.slug}.example", **more)
    Membership.objects.create(user=user, organization=organization, role="viewer")
    return user.email


def fire(seconds=HOUR):
    """Fire what is due so long after noon; return the firings there are by then."""
    firing.fire(now=after(seconds))
    return list(Firing.objects.order_by("due_at"))


def settle(seconds=HOUR):
    return endings.settle(now=after(seconds))


def answer(result=None, seconds=HOUR) -> Job:
    """Let the next job succeed."""
    job = claim(after(seconds))
    stored = results.write(job, result or Result([[1, 2]]))
    assert lifecycle.succeed(job, stored.as_columns(), now=after(seconds), keep=KEEP)
    ended: Job = fresh(job)
    return ended


def sent():
    """Return what is on its way, letters by their recipients."""
    return list(Delivery.objects.order_by("recipient", "created_at", "pk"))


def only():
    """Return the only thing that is on its way."""
    [one] = sent()
    return one
