"""Turns the rows of the event store into the pages of an answer, and tells how exact they are."""

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from warehouse import cells, series, studies
from warehouse.cells import DIGITS
from warehouse.document import Page
from warehouse.language import zones
from warehouse.language.reach import tells_of_sessions
from warehouse.planner.plan import Plan
from warehouse.planner.rollups import EXACT_UNIQUES, UNIQUES_ERROR
from warehouse.series import Row
from warehouse.tally import ROUGH, Tally

AT_ONCE = 10_000
Fold = Callable[[Plan, Iterable[list[Row]], Tally], Iterator[list[Row]]]
"""From blocks of rows of a study's statement to the rows of its answer."""


def pages(
    plan: Plan, blocks: Iterable[list[Row]], tally: Tally, fold: Fold | None = None
) -> Iterator[Page]:
    """Yield the rows to show, some thousands at a time, as the cells that are kept.

    `fold` works out the rows of a study that is no room's here.
    """
    keepers = [cells.keeper(column, plan.query.timezone) for column in plan.columns]
    for block in _wanted(plan, blocks, tally, fold):
        for at in range(0, len(block), AT_ONCE):
            rows = block[at : at + AT_ONCE]
            tally.rows += len(rows)
            yield cells.turned(keepers, zip(*rows, strict=True))


def only_row(plan: Plan, rows: list[Row], tally: Tally) -> dict[str, Any]:
    """Return the one row of an answer without dimensions, by column name."""
    tally.count(rows[0][len(plan.columns) + len(plan.tested) :])
    zone = plan.query.timezone
    shown = {}
    for column, cell in zip(plan.columns, rows[0], strict=False):
        (shown[column.name],) = cells.shower(column, zone)(cells.keeper(column, zone)([cell]))
    return shown


def exactness(plan: Plan, tally: Tally) -> bool | dict[str, float | None]:
    """Return true, or the relative standard error of the answer's least certain row.

    A sample of n visitors, of a share s of all, tells a count to within sqrt((1 - s) / n). Of
    sessions the error is not known: a sender may let several visitors share one.
    """
    share = plan.query.sample
    if share < 1:
        seen = (tally.least or 0) * share
        known = seen and not tells_of_sessions(plan.query)
        error = round(math.sqrt((1 - share) / seen), DIGITS) if known else None
        return {"error": error, "sampled": share}
    if ROUGH in tally.more:
        return {"error": None, "sampled": None}
    if plan.rough and tally.most > EXACT_UNIQUES:
        return {"error": UNIQUES_ERROR, "sampled": None}
    return True


def _wanted(
    plan: Plan, blocks: Iterable[list[Row]], tally: Tally, fold: Fold | None
) -> Iterator[list[Row]]:
    """Yield the rows to show, at most as many as wanted, and note whether there are more.

    The event store has cut a breakdown to one row more than wanted. A series comes as it is: it
    gets its empty buckets here, and so its metric filters, order and limit too.
    """
    if plan.query.study:
        blocks = _page(plan, (fold or studies.ROWS[plan.query.study.kind])(plan, blocks, tally))
    elif plan.query.is_series:
        blocks = [series.whole(plan, (row for block in blocks for row in block))]
    width, left = len(plan.columns), plan.query.limit
    behind = width + len(plan.tested)
    for block in blocks:
        wanted = block[:left]
        tally.truncated = tally.truncated or len(block) > left
        left -= len(wanted)
        if plan.counted:
            for row in wanted:
                tally.count(row[behind:])
        yield [row[:width] for row in wanted] if wanted and len(wanted[0]) > width else wanted


def _page(plan: Plan, blocks: Iterable[list[Row]]) -> Iterator[list[Row]]:
    """Leave out the rows before the page that is wanted."""
    skipped = plan.query.offset
    for block in blocks:
        yield block[skipped:]
        skipped = max(0, skipped - len(block))


def rfc3339(instant: datetime, zone: str) -> str:
    """Return an instant as the clocks of `zone` show it, with their offset."""
    return zones.local(instant, zone).isoformat()
