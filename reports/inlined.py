"""What messages hold of results themselves: it goes when the result goes."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from reports.models import Delivery
from reports.representation import BASE

GONE = """\
What this letter told is not kept any longer. The report can be asked for again at
{address}
"""


def withdraw(report_ids: Collection[UUID]) -> None:
    """Take the rows of these reports' results out of every message that is kept."""
    told = Delivery.objects.filter(report_id__in=report_ids, type="schedule.succeeded")
    for delivery in told.only("report_id", "channel", "payload"):
        Delivery.objects.filter(pk=delivery.pk).update(payload=_without(delivery))


def _without(delivery: Delivery) -> dict[str, Any]:
    if delivery.channel == "webhook":
        return {**delivery.payload, "result": None}
    text = GONE.format(address=f"{BASE}/{delivery.report_id}")
    return {**delivery.payload, "text": text, "attachment": None}
