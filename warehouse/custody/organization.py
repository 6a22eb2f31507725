"""Erases an organization: waits until nothing is under way for it, removes, counts, and proves it.

It was suspended when the erasure was asked for, so nothing new comes in once those have ended who
had begun before.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction

from warehouse.custody import errands, places, receipts, rows
from warehouse.custody.models import Errand
from warehouse.custody.places import Place
from warehouse.custody.runner import NotYet, Task
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.models import Organization

Stop = Callable[[Errand], bool]
"""Ends what a room does for an organization; True once nothing is under way."""


def erase(task: Task, *, stops: Sequence[Stop], stores: Sequence[Place]) -> None:
    """Do an errand of the kind `organization`.

    `stores` are the places beside the relational database, which goes last. Raises `NotYet` while
    something is under way.
    """
    errand = task.errand
    ready = [stop(errand) for stop in stops]
    ready.append(not errands.held(errand.organization_id, now=task.clock()))
    if not all(ready):
        task.save("waiting for what is under way", 0.0)
        raise NotYet
    if errand.request.get("users") and "people" not in task.memory:
        task.memory["people"] = rows.only_here(errand.organization_id)
    everywhere = [*stores, *rows.places(errand.organization), *_people(task)]
    for number, place in enumerate(everywhere):
        places.clear(task, place, number / (len(everywhere) + 1))
    places.verify(task, everywhere)
    _finish(task)


def _people(task: Task) -> list[Place]:
    return [rows.people(task.memory["people"])] if "people" in task.memory else []


def _finish(task: Task) -> None:
    errand, now = task.errand, task.clock()
    finished = receipts.instant(now)
    receipt: dict[str, Any] = receipts.compose(errand, places.noted(task), finished=finished)
    with transaction.atomic():
        audit.record(
            "organization.erased",
            actor=Actor(errand.subject, errand.subject_name),
            organization=named(errand),
            now=now,
            target=str(errand.pk),
            details={"receipt_sha256": receipts.digest(receipt), "removed": receipt["removed"]},
        )
        errands.succeed(errand, now=now, receipt=receipt, receipt_sha256=receipts.digest(receipt))


def named(errand: Errand) -> Organization:
    """Return an organization that is only a name by now, for the audit log."""
    return Organization(id=errand.organization_id, slug=errand.organization_slug)
