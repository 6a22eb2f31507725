"""Fires schedules that are due: the report is asked for in the transaction that says so.

Any worker may call `fire` at any time. A time is fired once, however many do: the schedule moves on
by a conditional UPDATE, and the pair of schedule and time is unique. Times that were missed are
fired once, as the latest of them.
"""

import logging
from datetime import datetime, timedelta

from django.db import transaction

from reports import jobs, limits, settling
from reports.models import Firing, Report, Schedule
from reports.schedules import cron, messages
from warehouse.exceptions import Conflict, WarehouseError

logger = logging.getLogger(__name__)

A_ROUND = 200
"""How many schedules one call fires at most, each in a transaction of its own."""
AHEAD = timedelta(minutes=1)
"""What was fired this far ahead of now was fired before the clock was put back."""


def fire(*, now: datetime) -> int:
    """Fire what is due; return how many firings there were."""
    _mend(now)
    due = Schedule.objects.filter(enabled=True, next_at__lte=now, organization__suspended_at=None)
    return sum(_fired(one, now) for one in due.order_by("next_at", "pk")[:A_ROUND])


def by_hand(schedule: Schedule, *, now: datetime) -> Firing:
    """Fire a schedule now, beside its times; raises what `jobs.submit` raises."""
    report = _ask(schedule, asked_at=now, now=now)
    return Firing.objects.create(
        schedule=schedule, due_at=now, fired_at=now, by_hand=True, report=report
    )


def _mend(now: datetime) -> None:
    """Let schedules that fired ahead of now be due again as the clock says by now."""
    for schedule in Schedule.objects.filter(enabled=True, fired_at__gt=now + AHEAD):
        following = cron.following(schedule.cron, schedule.timezone, now)
        as_seen = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at)
        as_seen.update(next_at=following, fired_at=now)


def _fired(schedule: Schedule, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return _move_on(schedule, now)
    except Exception:  # no schedule may hold up those of others: it is due again in the next round
        logger.exception("schedule %s could not be fired", schedule.pk)
        return False


def _move_on(seen: Schedule, now: datetime) -> bool:
    """Fire the latest missed time, unless somebody has, and wait for the next one from then on."""
    rows = Schedule.objects.select_related("organization", "webhook")
    as_seen = {"pk": seen.pk, "enabled": True, "next_at": seen.next_at}
    active = rows.select_for_update(of=("self",)).filter(organization__suspended_at=None, **as_seen)
    schedule = active.first()
    if schedule is None or schedule.next_at is None:
        return False
    text, zone = schedule.cron, schedule.timezone
    due_at = cron.latest(text, zone, schedule.next_at, now)
    following = cron.following(text, zone, now)
    if not Schedule.objects.filter(**as_seen).update(next_at=following, fired_at=now):
        return False
    if Firing.objects.filter(schedule=schedule, due_at=due_at).exists():
        return False
    _open(Firing(schedule=schedule, due_at=due_at, fired_at=now), now)
    return True


def _open(firing: Firing, now: datetime) -> None:
    """Write the firing with its report, or with why there is none; that is told, too."""
    try:
        firing.report = _ask(firing.schedule, asked_at=firing.due_at, now=now)
    except Exception as fault:  # whatever it is, the schedule must go on to its next time
        error = fault if isinstance(fault, WarehouseError) else settling.seen_as(fault)
        if error.retryable or isinstance(error, Conflict):
            raise
        if error is not fault:
            logger.exception("schedule %s hit a fault of ours", firing.schedule_id)
        firing.state, firing.error, firing.finished_at = "failed", error.to_problem(), now
    firing.save(force_insert=True)
    if firing.state == "failed":
        messages.send(firing, now=now)


def _ask(schedule: Schedule, *, asked_at: datetime, now: datetime) -> Report:
    """Ask for the report, as the organization is now."""
    with transaction.atomic():
        return jobs.submit(
            kind=schedule.kind,
            body=schedule.request,
            tenant=schedule.organization.as_tenant(),
            subject=f"schedule:{schedule.pk}",
            now=now,
            timeout_seconds=limits.REPORT_SECONDS,
            priority=limits.PRIORITIES["scheduled"],
            asked_at=asked_at,
            announced=False,  # the schedule tells of it itself
        )
