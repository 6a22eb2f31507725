"""Applies a campaign and undoes it: the work of its errand, each step of which may be repeated.

Nothing is stored for the organization while events change, so what is counted does not change and
a group that is stored again meets the campaigns it met before. The days are marked first: until
mending has rolled them up, answers about them are worked out of events or wait.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists

from discovery.campaigns import campaigns, outcome, rule
from discovery.campaigns.campaigns import APPLY
from discovery.models import APPLIED, UNDONE, Campaign
from warehouse import days
from warehouse.cache.l1 import HOLD_SECONDS
from warehouse.custody import errands
from warehouse.custody.models import Errand
from warehouse.custody.runner import NotYet, Task
from warehouse.derived import removal
from warehouse.models import Day
from warehouse.planner.rollups import ROLLUPS
from warehouse.sources.clickhouse import BULK_SECONDS, ClickHouse
from warehouse.sql import assigning
from warehouse.sql.statement import Statement
from warehouse.tenancy.audit import Actor

RECOUNT_PAUSE = timedelta(seconds=1)
HELD = timedelta(seconds=HOLD_SECONDS)
"""So long a process of the web may hold an answer that is nowhere else any more."""
OF_CAMPAIGNS = tuple(one for one in ROLLUPS if "campaign_id" in one.dimensions)
"""Rollups that tell campaigns apart: of the others nothing changes."""


@dataclass(frozen=True, slots=True)
class Rooms:
    """What the work needs of rooms that do not know each other.

    `forget` drops what was answered before a moment; it raises `NotYet` while something runs that
    may have read events before it.
    """

    clickhouse: ClickHouse
    seal: Callable[[Errand], bool]
    release: Callable[[Errand], None]
    forget: Callable[[Errand, datetime], None]


@dataclass(frozen=True, slots=True)
class Move:
    """One campaign on its way, in either direction."""

    task: Task
    campaign: Campaign
    rooms: Rooms

    @property
    def applies(self) -> bool:
        """Whether events become the campaign's, and not nobody's again."""
        return bool(self.task.errand.request["do"] == APPLY)

    @property
    def owner(self) -> str:
        """Return the organization's id as the event store has it."""
        return self.task.errand.organization

    @property
    def touched(self) -> list[date]:
        """Return the days whose events change."""
        return [date.fromisoformat(day) for day in self.task.memory["days"]]

    def rows(self, statement: Statement) -> Sequence[tuple[Any, ...]]:
        """Return what the event store says now."""
        tag, seconds = self.task.errand.tag, BULK_SECONDS
        found = self.rooms.clickhouse.run(statement, tag=tag, timeout_seconds=seconds, first=True)
        return found.rows


def move(task: Task, campaign: Campaign, rooms: Rooms) -> None:
    """Apply or undo a campaign; raises `NotYet` while something is under way."""
    moving, errand = Move(task, campaign, rooms), task.errand
    if moving.applies:
        rule.conditions(campaign)  # before the lane is shut, as what is not understood stays so
    if "released" not in task.memory:
        if not rooms.seal(errand):
            raise NotYet
        _change(moving)
        rooms.release(errand)
        task.memory["released"] = task.clock().isoformat()
        task.save("counting anew", 0.8)
    changed = datetime.fromisoformat(task.memory["released"])
    task.once("answers", 0.85, lambda: _forget(moving, changed))
    _wait(moving)
    _finish(moving)


def _change(moving: Move) -> None:
    """Change the events, and what is kept of them by campaign.

    Rollups forget the days first: wherever this stops, they are filled by what events say then.
    """
    task, owner = moving.task, moving.owner
    _end_what_was_left(moving)
    if not moving.applies:
        task.once("going on", 0.0, lambda: _go_on(moving, None))
    task.once("looking", 0.05, lambda: _look(moving))
    touched = moving.touched
    task.once("marking days", 0.1, lambda: days.mark(owner, touched))
    task.once("rollups", 0.15, lambda: _empty_rollups(moving))
    for month in sorted({day.year * 100 + day.month for day in touched}):
        _month(moving, month)
    if moving.applies:
        task.once("counting", 0.7, lambda: _count(moving))
    if moving.applies and moving.campaign.ongoing:
        task.once("going on", 0.75, lambda: _go_on(moving, task.clock()))


def _end_what_was_left(moving: Move) -> None:
    """End what who died, or gave up, has left running in the event store: mutations outlive both.

    An earlier errand of the campaign may have gone the other way.
    """
    clickhouse = moving.rooms.clickhouse
    clickhouse.kill(moving.task.errand.tag)
    ending = assigning.end_changes(str(moving.campaign.pk))
    clickhouse.command(ending, tag=moving.task.errand.tag)


def _look(moving: Move) -> None:
    """Find the days, those of what an earlier errand has moved and did not end included."""
    task, mine = moving.task, str(moving.campaign.pk)
    if moving.applies:
        until = days.end(moving.owner) or moving.campaign.end
        task.memory["until"] = until.isoformat()
        statement = assigning.days(rule.question(moving.campaign, until), mine)
    else:
        _count(moving)  # of what is taken back nothing can be counted later
        statement = assigning.days_assigned(moving.owner, mine)
    task.memory["days"] = [day.isoformat() for day, _ in moving.rows(statement)]


def _month(moving: Move, month: int) -> None:
    """Change the events of one month."""
    task, campaign = moving.task, moving.campaign
    mine = str(campaign.pk)
    if moving.applies:
        asked = rule.question(campaign, datetime.fromisoformat(task.memory["until"]))
        statement = assigning.assign(asked, campaign.campaign_id, mine, month)
    else:
        statement = assigning.take_back(moving.owner, mine, month)

    def step() -> None:
        moving.rooms.clickhouse.command(statement, tag=task.errand.tag)

    task.once(f"events of {month // 100}-{month % 100:02}", 0.2, step)


def _count(moving: Move) -> None:
    [figures] = moving.rows(assigning.counted(moving.owner, str(moving.campaign.pk)))
    moving.task.memory["moved"] = outcome.figures(dict(zip(rule.METRICS, figures, strict=True)))


def _empty_rollups(moving: Move) -> None:
    if touched := moving.touched:
        removal.empty_rollups(moving.rooms.clickhouse, moving.owner, touched, among=OF_CAMPAIGNS)


def _go_on(moving: Move, since: datetime | None) -> None:
    """Have events given to the campaign as they are stored, from the next group on, or no more.

    Only while nothing is stored: a group that is stored again must meet the same campaigns. Who
    was taken for dead changes nothing when it wakes.
    """
    errand = moving.task.errand
    mine = Campaign.objects.filter(pk=moving.campaign.pk, errand=errand.pk)
    held = Errand.objects.filter(pk=errand.pk, state="running", attempt=errand.attempt)
    mine.filter(Exists(held)).update(ongoing_since=since)


def _forget(moving: Move, changed: datetime) -> None:
    moving.rooms.forget(moving.task.errand, changed)
    moving.task.memory["forgotten"] = moving.task.clock().isoformat()


def _wait(moving: Move) -> None:
    """Raise `NotYet` until every answer shows the change.

    Mending raises the revision of a day that is over, and no answer from before is found by that;
    of the open day one may be held by a process for some seconds.
    """
    task, touched = moving.task, moving.touched
    owner = task.errand.organization_id
    marked = Day.objects.filter(organization_id=owner, day__in=touched, rolled_up=False)
    if marked.exists():
        task.save("counting anew", 0.9)
        raise NotYet(RECOUNT_PAUSE)
    now, until = task.clock(), datetime.fromisoformat(task.memory["forgotten"]) + HELD
    if touched and max(touched) >= now.date() and now < until:
        raise NotYet(until - now)


def _finish(moving: Move) -> None:
    task, campaign = moving.task, moving.campaign
    errand, now = task.errand, task.clock()
    moved = task.memory.get("moved")
    if moving.applies:
        columns = {"state": APPLIED, "applied_at": now, "undone_at": None, "moved": moved}
    else:
        columns = {"state": UNDONE, "undone_at": now, "moved": None}
    told = {"moved": moved, "days": len(moving.touched)}
    with transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(**columns)
        campaigns.record(
            "campaign.applied" if moving.applies else "campaign.undone",
            campaign,
            by=Actor(errand.subject, errand.subject_name),
            now=now,
            more=told,
        )
        receipt = outcome.receipt(errand, campaign, now=now, **told)
        errands.succeed(errand, now=now, **receipt)
