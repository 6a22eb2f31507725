"""One row of each that leaves by itself: a webhook, a schedule that goes there, and its answer."""

from reports.models import Attempt, Delivery, Firing, Schedule, Webhook


def outgoing(organization, name="nightly", *, now):
    """Give the organization all of them, and return the delivery that waits."""
    made = {"organization": organization, "created_at": now}
    by = {**made, "created_by": "user:1"}
    webhook = Webhook.objects.create(
        url=f"https://{name}.example/", secret=f"sealed-{name}", events=["report.failed"], **by
    )
    schedule = Schedule.objects.create(
        name=name,
        kind="traffic",
        request={},
        cron="0 6 * * *",
        timezone="UTC",
        webhook=webhook,
        next_at=now,
        **by,
    )
    firing = Firing.objects.create(schedule=schedule, due_at=now, fired_at=now, state="succeeded")
    delivery = Delivery.objects.create(
        channel="webhook",
        webhook=webhook,
        type="schedule.succeeded",
        firing=firing,
        payload={},
        due_at=now,
        **made,
    )
    Attempt.objects.create(delivery=delivery, number=1, at=now, outcome="timeout", elapsed_ms=9)
    return delivery
