"""What messages hold of results themselves: it goes when the result goes."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from reports.address import public_url
from reports.models import Delivery, Report
from reports.representation import BASE

GONE = """\
What this letter told is not kept any longer. The report can be asked for again at
{address}
"""


def hold(report: Report) -> None:
    """Lock what tells of a report until the transaction ends: its sender notes nothing then."""
    told = Delivery.objects.select_for_update().filter(report=report).order_by("pk")
    list(told.values_list("pk"))


def withdraw(report_ids: Collection[UUID]) -> None:
    """Take the rows of these reports' results out of every message that is kept."""
    told = Delivery.objects.filter(report_id__in=report_ids, type="schedule.succeeded")
    # One at a time in memory: each may hold as much as a message may.
    for pk in list(told.values_list("pk", flat=True)):
        for delivery in told.filter(pk=pk):
            told.filter(pk=pk).update(payload=_without(delivery))


def _without(delivery: Delivery) -> dict[str, Any]:
    if delivery.channel == "webhook":
        return {**delivery.payload, "result": None}
    text = GONE.format(address=public_url(f"{BASE}/{delivery.report_id}"))
    return {**delivery.payload, "text": text, "attachment": None}
