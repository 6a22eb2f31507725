"""What is told of a firing that has ended: one message to a webhook, or a letter to each address.

A small result stands in the message itself, and the first rows of any in a letter; they go when
the result goes (`reports.inlined`).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import orjson

from reports import results
from reports.models import Delivery, Firing, Job, Schedule
from reports.representation import describe
from reports.schedules import letters
from reports.webhooks import deliveries
from warehouse.exceptions import LimitExceeded

MOST_INLINE = 256 * 1024
"""Bytes of JSON up to which a result stands in its message."""
MOST_LETTERS, DAY = 1_000, timedelta(hours=24)
"""How many letters an organization sends in so long."""
LEFT_OUT = "{count} of its letters were not sent: an organization sends {most:,} in 24 hours."
Told = Mapping[str, Any]
"""A result as JSON has it, whole or its first rows."""


def read(schedule: Schedule, job: Job) -> Told | None:
    """Return what a message shows of a result; None where that is nothing."""
    if schedule.webhook_id is None:
        return results.first(job, letters.ROWS)
    body = results.small(job, MOST_INLINE)
    found: Told | None = orjson.loads(body) if body is not None else None
    return found


def send(firing: Firing, told: Told | None = None, *, now: datetime) -> None:
    """Create the deliveries of a firing that has ended, in the transaction of its end."""
    schedule, report = firing.schedule, firing.report
    about: dict[str, Any] = {
        "organization_id": schedule.organization_id,
        "type": f"schedule.{firing.state}",
        "report": report,
        "firing": firing,
        "now": now,
    }
    if schedule.webhook is not None:
        deliveries.create(webhook=schedule.webhook, payload=_message(firing, told), **about)
        return
    letter = letters.compose(firing, told)
    room = _room(schedule, now)
    for address in schedule.emails[:room]:
        deliveries.create(recipient=address, payload=letter, **about)
    if left_out := len(schedule.emails[room:]):
        _say_left_out(firing, left_out)


def _room(schedule: Schedule, now: datetime) -> int:
    """Return how many letters the organization may send now."""
    letters_sent = Delivery.objects.filter(
        organization_id=schedule.organization_id, channel="email", created_at__gt=now - DAY
    )
    return max(0, MOST_LETTERS - letters_sent.count())


def _say_left_out(firing: Firing, count: int) -> None:
    """Note with a firing that not everybody is told; why it failed, if it did, stays first."""
    detail = LEFT_OUT.format(count=count, most=MOST_LETTERS)
    if firing.error:
        firing.error = {**firing.error, "detail": f"{firing.error.get('detail', '')} {detail}"}
    else:
        firing.error = LimitExceeded(detail).to_problem()
    firing.save(update_fields=["error"])


def _message(firing: Firing, told: Told | None) -> dict[str, Any]:
    schedule, report = firing.schedule, firing.report
    return {
        "schedule": {
            "id": str(schedule.pk),
            "name": schedule.name,
            "kind": schedule.kind,
            "cron": schedule.cron,
            "timezone": schedule.timezone,
            "firing": str(firing.pk),
            "due_at": firing.due_at.isoformat().replace("+00:00", "Z"),
            "by_hand": firing.by_hand,
        },
        "report": describe(report) if report else None,
        "error": firing.error,
        "result": told,
    }
