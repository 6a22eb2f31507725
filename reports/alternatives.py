"""Cheaper questions in the place of one that reads too much, each estimated before it is offered.

A variant is the caller's own body with some fields changed, read by its kind like any other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reports.kinds import Kind
from warehouse import estimates
from warehouse.estimates import Known
from warehouse.exceptions import InvalidRequest
from warehouse.language import buckets, zones
from warehouse.language.fields import FIELDS, TIME
from warehouse.language.metrics import FIGURES, METRICS
from warehouse.language.query import Query
from warehouse.planner.tables import CANDIDATES
from warehouse.tenancy.principal import Tenant

SHARES = (0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)
MOMENT = timedelta(microseconds=1)
Change = tuple[dict[str, Any], str]
"""Fields to change in a body, null for those to leave out, and what that does."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was asked: who may read how much, and what is known beforehand."""

    kind: Kind
    body: Mapping[str, Any]
    tenant: Tenant
    now: datetime
    max_limit: int
    most_rows: int
    known: Known


def of(asked: Asked, query: Query) -> list[dict[str, Any]]:
    """Return changes of the body that keep within the limit, those that change least first."""
    found: list[dict[str, Any]] = []
    for change, says in _changes(asked, query):
        rows = _rows(asked, change)
        if rows is not None and rows <= asked.most_rows:
            found.append({"change": change, "rows": rows, "says": says})
    return found


def _changes(asked: Asked, query: Query) -> Iterator[Change]:
    yield from _less_work(query)
    yield from _wider(asked, query)
    yield from _fewer_fields(asked, query)
    yield from _sampled(asked, query)
    yield from _shorter(asked, query)


def _rows(asked: Asked, change: Mapping[str, Any]) -> int | None:
    """Return how many rows the changed question reads, or None if it is none."""
    body = {**asked.body, **change}
    try:
        query = asked.kind.parse(
            body, tenant=asked.tenant, now=asked.now, max_limit=asked.max_limit
        )
    except InvalidRequest:
        return None
    return estimates.estimate(query, asked.known).rows


def _less_work(query: Query) -> Iterator[Change]:
    if query.exact:
        yield {"exact": False}, "Counts many distinct values within a small error."
    if query.totals:
        yield {"totals": False}, "Leaves out the totals."
    if query.compare:
        yield {"compare": None}, "Leaves out the comparison."


def _wider(asked: Asked, query: Query) -> Iterator[Change]:
    """Yield the next granularity that is wide enough."""
    if query.granularity is None:
        return
    key = "group_by" if asked.body.get("group_by") is not None else "granularity"
    names = buckets.GRANULARITIES
    for name in names[names.index(query.granularity) + 1 :]:
        rows = _rows(asked, {key: name})
        if rows is not None and rows <= asked.most_rows:
            yield {key: name}, f"By {name} instead of by {query.granularity}."
            return


def _fewer_fields(asked: Asked, query: Query) -> Iterator[Change]:
    """Yield what is left without the fields that keep a smaller table out, the fewest first."""
    named = {name for name in query.fields if name not in FIELDS or FIELDS[name].scope != TIME}
    figures = {figure for name in query.metrics for figure in METRICS[name].figures}
    groups = {FIGURES[figure].of_sessions for figure in figures}
    tables = [table for group in groups for table in CANDIDATES[group] if table.fields]
    # What a kind asks about by itself cannot be left out.
    named &= {*_dimensions(asked), *_fields(asked.body.get("filters"))}
    missing = {frozenset(named - (table.fields or frozenset())) for table in tables}
    for names in sorted(missing, key=lambda fields: (len(fields), sorted(fields))):
        if names:
            says = f"Without {', '.join(sorted(names))}, which smaller tables do not have."
            yield _without(asked, names), says


def _without(asked: Asked, names: frozenset[str]) -> dict[str, Any]:
    """Return the changes of the body that leave no dimension or filter of these names."""
    change: dict[str, Any] = {}
    dimensions, filters = _dimensions(asked), asked.body.get("filters") or []
    if names & set(dimensions):
        change[asked.kind.by] = [name for name in dimensions if name not in names]
        change |= {"order_by": None} if asked.body.get("order_by") else {}
    several = filters if isinstance(filters, list) else [filters]
    kept = [one for one in several if not names & set(_fields(one))]
    if len(kept) < len(several):
        change["filters"] = kept
    return change


def _dimensions(asked: Asked) -> list[str]:
    """Return what the body breaks down by."""
    by = asked.body.get(asked.kind.by) or []
    return [by] if isinstance(by, str) else by


def _fields(condition: Any) -> Iterator[str]:
    """Yield the fields that a filter of a body compares."""
    if isinstance(condition, Mapping):
        if isinstance(condition.get("field"), str):
            yield condition["field"]
        for inner in condition.values():
            yield from _fields(inner)
    elif isinstance(condition, list):
        for inner in condition:
            yield from _fields(inner)


def _sampled(asked: Asked, query: Query) -> Iterator[Change]:
    """Yield the largest sample that fits."""
    for share in SHARES:
        rows = _rows(asked, {"sample": share}) if share < query.sample else None
        if rows is not None and rows <= asked.most_rows:
            yield {"sample": share}, f"Looks at {share:.1%} of the visitors and scales up."
            return


def _shorter(asked: Asked, query: Query) -> Iterator[Change]:
    """Yield the longest window with the same end that fits, in whole days."""
    first = zones.local(query.window.start, query.timezone).date()
    last = zones.local(query.window.end - MOMENT, query.timezone).date()
    fitting, too_many = 0, (last - first).days + 1
    while too_many - fitting > 1:
        count = (fitting + too_many) // 2
        rows = _rows(asked, _last_days(asked, query, last, count))
        if rows is None or rows > asked.most_rows:
            too_many = count
        else:
            fitting = count
    if fitting:
        days = "day" if fitting == 1 else f"{fitting} days"
        yield _last_days(asked, query, last, fitting), f"Only the last {days} of the window."


def _last_days(asked: Asked, query: Query, last: date, count: int) -> dict[str, Any]:
    start = last - timedelta(days=count - 1)
    whole = zones.day_start(last + timedelta(days=1), query.timezone) == query.window.end
    end = last.isoformat() if whole else query.window.end.astimezone(UTC).isoformat()
    without = {} if asked.body.get("period") is None else {"period": None}
    return {**without, "time_range": {"start": start.isoformat(), "end": end}}
