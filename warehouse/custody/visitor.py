"""Erases one visitor of an organization, and has the days counted anew that it had events on.

Nothing is stored for the organization from the first step until the visitor's rows are gone, so
what is counted does not change meanwhile and every step can be taken up again. What the rollups
hold of those days goes with the visitor: distinct values cannot be taken out of a merged set.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db import transaction

from warehouse import days
from warehouse.custody import errands, places, receipts
from warehouse.custody.models import Errand
from warehouse.custody.organization import named
from warehouse.custody.places import Place
from warehouse.custody.runner import NotYet, Task
from warehouse.derived import removal
from warehouse.models import Day
from warehouse.sources.clickhouse import BULK_SECONDS, ClickHouse
from warehouse.sql import erasing
from warehouse.tenancy import audit
from warehouse.tenancy.audit import Actor

RECOUNT_PAUSE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Rooms:
    """What an erasure needs of rooms that do not know each other.

    `intake` are places of the intake, emptied first; `outcomes` are those of what was computed,
    given the days that were touched and when the events were gone: emptied last, and it may raise
    `NotYet`.
    """

    clickhouse: ClickHouse
    seal: Callable[[Errand], bool]
    release: Callable[[Errand], None]
    intake: Callable[[Errand], Sequence[Place]]
    outcomes: Callable[[Errand, Sequence[date], datetime], Sequence[Place]]


def erase(task: Task, rooms: Rooms) -> None:
    """Do an errand of the kind `visitor`; raises `NotYet` while something is under way."""
    errand = task.errand
    if "released" not in task.memory:
        if not rooms.seal(errand):
            raise NotYet
        _remove(task, rooms)
        rooms.release(errand)
        task.memory["released"] = task.clock().isoformat()
        task.save("counting anew", 0.8)
    touched = _touched(task)
    gone = datetime.fromisoformat(task.memory["released"])
    for place in rooms.outcomes(errand, touched, gone):
        places.clear(task, place, 0.9)
    marked = Day.objects.filter(organization_id=errand.organization_id, day__in=touched)
    if marked.filter(rolled_up=False).exists():
        task.save("counting anew", 0.95)
        raise NotYet(RECOUNT_PAUSE)
    _finish(task, touched)


def _touched(task: Task) -> list[date]:
    return [date.fromisoformat(day) for day in task.memory["days"]]


def _remove(task: Task, rooms: Rooms) -> None:
    """Remove all rows of the visitor and of what was counted with it."""
    errand, clickhouse = task.errand, rooms.clickhouse
    owner, visitor_id = errand.organization, str(errand.request["visitor_id"])
    clickhouse.kill(errand.tag)  # who died may have left a statement running on a server
    task.once("looking", 0.0, lambda: _look(task, clickhouse))
    touched = _touched(task)
    task.once("marking days", 0.1, lambda: days.mark(owner, touched))
    for place in rooms.intake(errand):
        places.clear(task, place, 0.2)
    _remove_sessions(task, clickhouse, visitor_id)
    events = _rows(clickhouse, "analytics_events", owner, erasing.OF_VISITOR, visitor_id=visitor_id)
    places.clear(task, events, 0.6)
    task.once("rollups", 0.7, lambda: _empty_rollups(clickhouse, owner, touched))
    task.once("days", 0.75, lambda: _recount(clickhouse, owner, touched))


def _look(task: Task, clickhouse: ClickHouse) -> None:
    statement = erasing.days_of_visitor(task.errand.organization, task.errand.request["visitor_id"])
    found = clickhouse.run(statement, tag="days", timeout_seconds=BULK_SECONDS, first=True)
    task.memory["days"] = [day.isoformat() for day, _ in found.rows]


def _remove_sessions(task: Task, clickhouse: ClickHouse, visitor_id: str) -> None:
    """Remove the visitor's sessions; those it shares with others are counted without it."""
    owner, tag = task.errand.organization, task.errand.tag
    if "sessions" in task.memory["done"]:
        return
    shared_by_track = removal.tracks(clickhouse, owner, visitor_id)
    own = [track for track, shared in shared_by_track.items() if not shared]
    shared = [track for track, shared in shared_by_track.items() if shared]
    places.clear(task, _among(clickhouse, "session_rows", owner, own), 0.3)
    if shared:
        task.once(
            "shared sessions",
            0.35,
            lambda: removal.recount_without_visitor(clickhouse, owner, visitor_id, shared, tag=tag),
        )
    places.clear(task, _among(clickhouse, "session_spans", owner, own), 0.4)
    places.clear(task, _among(clickhouse, "session_ranges", owner, [*own, *shared]), 0.5)
    task.once("sessions", 0.5, lambda: None)


def _among(clickhouse: ClickHouse, table: str, owner: str, tracks: Sequence[int]) -> Place:
    return Place(
        f"clickhouse.{table}",
        "rows",
        lambda: removal.count_among(clickhouse, table, owner, "track", tracks),
        lambda: removal.remove_among(clickhouse, table, owner, "track", tracks),
    )


def _rows(
    clickhouse: ClickHouse, table: str, owner: str, condition: str, **values: object
) -> Place:
    return Place(
        f"clickhouse.{table}",
        "rows",
        lambda: removal.count(clickhouse, table, owner, condition, **values),
        lambda: removal.remove(clickhouse, table, owner, condition, **values),
    )


def _empty_rollups(clickhouse: ClickHouse, owner: str, touched: Sequence[date]) -> None:
    if touched:
        removal.empty_rollups(clickhouse, owner, touched)


def _recount(clickhouse: ClickHouse, owner: str, touched: Sequence[date]) -> None:
    """Write down what the days still hold; they stay marked until mending has rolled them up."""
    statement = erasing.days(owner, touched)
    answer = clickhouse.run(statement, tag="days", timeout_seconds=BULK_SECONDS, first=True)
    left = {day: (int(rows), _instant(newest)) for day, rows, newest in answer.rows}
    days.recount(owner, {day: left.get(day) for day in touched})


def _instant(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _finish(task: Task, touched: Sequence[date]) -> None:
    errand, now = task.errand, task.clock()
    asked = Errand.objects.filter(organization_id=errand.organization_id, request=errand.request)
    who = receipts.of_visitor(errand.request["visitor_id"])
    receipt = receipts.compose(
        errand,
        places.noted(task),
        finished=receipts.instant(now),
        days_recounted=[day.isoformat() for day in touched],
        **who,
    )
    with transaction.atomic():
        audit.record(
            "visitor.erased",
            actor=Actor(errand.subject, errand.subject_name),
            organization=named(errand),
            now=now,
            target=str(errand.pk),
            details={**who, "receipt_sha256": receipts.digest(receipt)},
        )
        errands.forget_names(asked)
        errands.succeed(
            errand,
            now=now,
            request=who,
            receipt=receipt,
            receipt_sha256=receipts.digest(receipt),
        )
