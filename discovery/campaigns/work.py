"""What an errand of the kind `campaign` is: whichever deed it asks for, done to its campaign."""

import logging

from discovery.campaigns import moving
from discovery.campaigns.campaigns import PREVIEW
from discovery.campaigns.moving import Rooms
from discovery.campaigns.preview import preview
from discovery.models import Campaign
from warehouse.custody import errands, receipts
from warehouse.custody.runner import Task
from warehouse.exceptions import WarehouseError

log = logging.getLogger(__name__)


def work(task: Task, rooms: Rooms) -> None:
    """Do it; raises `NotYet` while something is under way.

    A campaign that an erasure has removed meanwhile is left alone. What trying again would not help
    ends the errand at once, and so does any failure of a preview: events wait for it.
    """
    try:
        _work(task, rooms)
    except WarehouseError as error:
        if error.retryable and task.errand.request["do"] != PREVIEW:
            raise
        log.warning("%s is given up: %s", task.errand, error)
        errands.fail(task.errand, error, now=task.clock())


def _work(task: Task, rooms: Rooms) -> None:
    request = task.errand.request
    found = Campaign.objects.select_related("organization").filter(pk=request["campaign"]).first()
    if found is None:
        gone = {"version": 1, "errand": str(task.errand.pk), "campaign": None}
        digest = receipts.digest(gone)
        errands.succeed(task.errand, now=task.clock(), receipt=gone, receipt_sha256=digest)
    elif request["do"] == PREVIEW:
        preview(task, found, rooms)
    else:
        moving.move(task, found, rooms)
