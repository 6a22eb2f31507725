"""Forgets an organization's events that are older than it keeps them: whole days of UTC.

Sessions that go on past the edge are cut there, so that they say what the remaining events say.
Rollups lose the same days; nothing has to be counted anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from warehouse import days
from warehouse.custody import errands, places, receipts
from warehouse.custody.models import Errand
from warehouse.custody.organization import named
from warehouse.custody.places import Place
from warehouse.custody.runner import NotYet, Task
from warehouse.derived import removal
from warehouse.planner.rollups import ROLLUPS
from warehouse.sources.clickhouse import ClickHouse
from warehouse.sql import erasing
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor

CONDITIONS = {
    "session_rows": erasing.SESSIONS_BEFORE,
    "session_spans": erasing.SPANS_BEFORE,
    "analytics_events": erasing.DAYS_BEFORE,
    **{f"rollup_{rollup.name}": erasing.DAYS_BEFORE for rollup in ROLLUPS},
}
"""What lies before a day, by table, in the order it is removed.

Ids of events and ranges under way are not listed: the engine forgets both within two weeks.
"""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What forgetting needs of rooms that do not know each other."""

    clickhouse: ClickHouse
    seal: Callable[[Errand], bool]
    release: Callable[[Errand], None]
    outcomes: Callable[[Errand, Sequence[date], datetime], Sequence[Place]]


def forget(task: Task, rooms: Rooms) -> None:
    """Do an errand of the kind `retention`; raises `NotYet` while something is under way."""
    errand = task.errand
    first = date.fromisoformat(errand.request["first_day"])
    if "gone" not in task.memory:
        if not rooms.seal(errand):
            raise NotYet
        _remove(task, rooms, first)
    # Results may be waited for; what is sent meanwhile need not.
    rooms.release(errand)
    old = [date.fromisoformat(day) for day in task.memory["days"]]
    gone = datetime.fromisoformat(task.memory["gone"])
    for place in rooms.outcomes(errand, old, gone):
        places.clear(task, place, 0.9)
    _finish(task, first, old)


def _remove(task: Task, rooms: Rooms, first: date) -> None:
    errand = task.errand
    rooms.clickhouse.kill(errand.tag)  # who died may have left a statement running on a server
    task.once("looking", 0.0, lambda: _look(task, first))
    old = [date.fromisoformat(day) for day in task.memory["days"]]
    task.once("marking days", 0.1, lambda: days.mark(errand.organization, old))
    task.once("sessions", 0.2, lambda: _cut(task, rooms.clickhouse, first))
    for table in CONDITIONS:
        places.clear(task, _before(rooms.clickhouse, errand.organization, table, first), 0.5)
    task.once("days", 0.8, lambda: _settle(task, old, first))


def _look(task: Task, first: date) -> None:
    old = days.known(task.errand.organization, before=first)
    task.memory["days"] = [day.isoformat() for day in old]


def _cut(task: Task, clickhouse: ClickHouse, first: date) -> None:
    errand = task.errand
    last = removal.recount_without_past(
        clickhouse, errand.organization, first, tag=errand.tag, alive=task.alive
    )
    task.memory["last"] = last.date().isoformat() if last else ""


def _before(clickhouse: ClickHouse, owner: str, table: str, first: date) -> Place:
    condition = CONDITIONS[table]
    return Place(
        f"clickhouse.{table}",
        "rows",
        lambda: removal.count(clickhouse, table, owner, condition, first=first),
        lambda: removal.remove(clickhouse, table, owner, condition, first=first),
    )


def _settle(task: Task, old: Sequence[date], first: date) -> None:
    """Say that the old days hold nothing, and that sessions of the next ones have changed."""
    owner = task.errand.organization
    with transaction.atomic():
        days.recount(owner, dict.fromkeys(old))
        days.trust(owner, old)
        if last := task.memory["last"]:
            days.touch(owner, first, date.fromisoformat(last))
    task.memory["gone"] = task.clock().isoformat()


def _finish(task: Task, first: date, old: Sequence[date]) -> None:
    errand, now = task.errand, task.clock()
    receipt = receipts.compose(
        errand,
        places.noted(task),
        finished=receipts.instant(now),
        first_day_kept=first.isoformat(),
        days_forgotten=[day.isoformat() for day in old],
    )
    with transaction.atomic():
        audit.record(
            "events.forgotten",
            actor=Actor(),
            organization=named(errand),
            now=now,
            target=str(errand.pk),
            details={"first_day_kept": first.isoformat(), "removed": receipt["removed"]},
        )
        errands.succeed(errand, now=now, receipt=receipt, receipt_sha256=receipts.digest(receipt))
