"""What applying a campaign would move: events, and the credit for conversions by campaign.

Events move from no campaign alone. Credit moves between campaigns, too: the study that answers
`attribution` is asked twice, about events as they are and as they would be. Nothing is stored
meanwhile, or what comes would be told as moved.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from discovery.campaigns import outcome, rule
from discovery.campaigns.moving import Rooms
from discovery.models import Campaign
from warehouse import days, engine
from warehouse.custody import errands
from warehouse.custody.runner import NotYet, Task
from warehouse.exceptions import QueryTooExpensive, Recounting
from warehouse.language.query import Query, Window
from warehouse.language.studies.attribution import COSTED, LOOKBACK, Attribution
from warehouse.sources.clickhouse import ClickHouse

MODEL = "last_touch"
SECONDS = 120.0
"""How long each of its questions may take: events wait so long."""
MOST_CREDITED = 100_000
"""Campaigns that may have credit: more are refused, as what is cut would be told as moved."""
MOST = 200
"""How many campaigns are told that lose or gain, those with the largest changes."""
Credit = Mapping[str | None, tuple[Decimal, Decimal]]
"""Conversions and revenue by campaign."""
NOTHING = (Decimal(0), Decimal(0))
Change = tuple[str | None, int, Decimal, Decimal]
"""Who gains or loses how many events, conversions and what revenue."""


def preview(task: Task, campaign: Campaign, rooms: Rooms) -> None:
    """Work out what would move and keep it; raises `NotYet` while something is under way."""
    if not rooms.seal(task.errand):
        raise NotYet
    try:
        moving, found = _looked(task, campaign, rooms.clickhouse)
    finally:
        rooms.release(task.errand)  # days that are counted anew need the lane
    _keep(task, campaign, moving, found)


def _looked(
    task: Task, campaign: Campaign, clickhouse: ClickHouse
) -> tuple[Mapping[str, Any], list[Change]]:
    """Return what the events amount to that would move, and who gains or loses."""
    until = days.end(task.errand.organization) or campaign.end
    asked = rule.question(campaign, until)
    task.save("events", 0.1)
    [row] = _rows(task, asked, clickhouse)
    moving = dict(zip(rule.METRICS, row, strict=True))
    task.save("credit as it is", 0.3)
    crediting = _crediting(asked)
    before = _credit(_rows(task, crediting, clickhouse))
    task.save("credit as it would be", 0.6)
    supposed = replace(crediting, supposed=rule.supposed(campaign, until))
    after = _credit(_rows(task, supposed, clickhouse))
    return moving, changes(campaign.campaign_id, moving["events"], before, after)


def changes(campaign_id: str, events: int, before: Credit, after: Credit) -> list[Change]:
    """Return who gains or loses, the largest change first."""
    moved = {None: -events, campaign_id: events} if events else {}
    found = []
    for name in {*before, *after, *moved}:
        had, has = before.get(name, NOTHING), after.get(name, NOTHING)
        change = (moved.get(name, 0), has[0] - had[0], has[1] - had[1])
        if any(change):
            found.append((name, *change))
    return sorted(found, key=lambda one: (-abs(one[3]), -abs(one[2]), -abs(one[1]), one[0] or ""))


def _crediting(asked: Query) -> Query:
    """Return the question for the credit of every conversion that may look back on an event."""
    start, end = asked.window.start, asked.window.end + LOOKBACK
    study = Attribution(span=Window(start - LOOKBACK, end), models=(MODEL,), dimension=COSTED)
    return replace(
        asked,
        window=Window(start, end),
        where=(),
        metrics=(),
        study=study,
        exact=False,
        limit=MOST_CREDITED,
    )


def _rows(task: Task, query: Query, clickhouse: ClickHouse) -> list[list[Any]]:
    """Return the rows that answer a question, worked out of the events themselves."""
    try:
        answer = engine.run(
            query,
            clickhouse=clickhouse,
            cache=None,
            now=task.clock(),
            tag=task.errand.tag,
            timeout_seconds=SECONDS,
            raw=True,
        )
    except Recounting as error:
        raise NotYet from error
    document = json.loads(answer.body, parse_float=Decimal)
    if document["meta"]["truncated"]:
        raise QueryTooExpensive(f"Over {MOST_CREDITED:,} campaigns have credit in that time.")
    rows: list[list[Any]] = document["rows"]
    return rows


def _credit(rows: list[list[Any]]) -> Credit:
    return {row[0]: (Decimal(row[2]), Decimal(row[3])) for row in rows}


def _keep(task: Task, campaign: Campaign, moving: Mapping[str, Any], found: list[Change]) -> None:
    now = task.clock()
    told = {
        "computed_at": now.isoformat(),
        **outcome.figures(moving),
        "campaigns": [_told(*one) for one in found[:MOST]],
        "campaigns_left_out": len(found[MOST:]),
    }
    with transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(preview=told)
        receipt = outcome.receipt(task.errand, campaign, now=now, moved=outcome.figures(moving))
        errands.succeed(task.errand, now=now, **receipt)


def _told(name: str | None, events: int, conversions: Decimal, revenue: Decimal) -> dict[str, Any]:
    credit = {"conversions": outcome.amount(conversions), "revenue": outcome.amount(revenue)}
    return {"campaign_id": name, "events": events, **credit}
