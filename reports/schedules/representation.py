"""The public form of schedules and of their firings, the same in every answer and message."""

from collections.abc import Sequence
from typing import Any

from django.db.models import OuterRef, Subquery

from reports.models import Attempt, Delivery, Firing, Schedule
from reports.representation import BASE as REPORTS

BASE = "/api/v1/schedules"


def describe_all(schedules: Sequence[Schedule]) -> list[dict[str, Any]]:
    """Return the documents of schedules, at the price of two queries."""
    newest = Firing.objects.filter(schedule=OuterRef("pk")).order_by("-due_at").values("pk")[:1]
    found = Schedule.objects.filter(pk__in=[one.pk for one in schedules])
    firings = Firing.objects.filter(pk__in=found.annotate(last=Subquery(newest)).values("last"))
    last = {one.schedule_id: one for one in firings}
    return [_document(one, last.get(one.pk)) for one in schedules]


def describe(schedule: Schedule) -> dict[str, Any]:
    """Return the document of one schedule."""
    return describe_all([schedule])[0]


def describe_firings(firings: Sequence[Firing]) -> list[dict[str, Any]]:
    """Return the documents of firings with their deliveries, at the price of two queries."""
    sent: dict[Any, list[dict[str, Any]]] = {one.pk: [] for one in firings}
    tries: dict[Any, list[Attempt]] = {}
    for attempt in Attempt.objects.filter(delivery__firing__in=sent).order_by("number"):
        tries.setdefault(attempt.delivery_id, []).append(attempt)
    rows = Delivery.objects.filter(firing__in=sent).order_by("recipient", "pk")
    for delivery in rows.defer("payload"):
        sent[delivery.firing_id].append(_delivery(delivery, tries.get(delivery.pk, [])))
    return [
        {
            **_summary(one),
            "deliveries": sent[one.pk],
            "links": _links(one),
        }
        for one in firings
    ]


def target(schedule: Schedule) -> dict[str, Any]:
    """Return where a schedule delivers to."""
    if schedule.webhook_id is not None:
        return {"webhook": str(schedule.webhook_id)}
    return {"emails": schedule.emails, "format": schedule.format}


def _document(schedule: Schedule, last: Firing | None) -> dict[str, Any]:
    return {
        "id": str(schedule.pk),
        "name": schedule.name,
        "kind": schedule.kind,
        "request": schedule.request,
        "cron": schedule.cron,
        "timezone": schedule.timezone,
        "deliver": target(schedule),
        "enabled": schedule.enabled,
        "next_at": schedule.next_at,
        "last": _summary(last) if last else None,
        "created_at": schedule.created_at,
        "created_by": schedule.created_by,
    }


def _summary(firing: Firing) -> dict[str, Any]:
    return {
        "id": str(firing.pk),
        "due_at": firing.due_at,
        "fired_at": firing.fired_at,
        "by_hand": firing.by_hand,
        "state": firing.state,
        "finished_at": firing.finished_at,
        "report": str(firing.report_id) if firing.report_id else None,
        "error": firing.error,
    }


def _links(firing: Firing) -> dict[str, str | None]:
    report = f"{REPORTS}/{firing.report_id}" if firing.report_id else None
    return {
        "schedule": f"{BASE}/{firing.schedule_id}",
        "report": report,
        "result": f"{report}/result" if report else None,
    }


def _delivery(delivery: Delivery, tries: Sequence[Attempt]) -> dict[str, Any]:
    last = tries[-1] if tries else None
    return {
        "id": str(delivery.pk),
        "channel": delivery.channel,
        "webhook": str(delivery.webhook_id) if delivery.webhook_id else None,
        "recipient": delivery.recipient or None,
        "state": delivery.state,
        "attempts": len(tries),
        "outcome": last.outcome if last else None,
        "detail": last.detail or None if last else None,
    }
