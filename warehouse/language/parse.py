"""Turns a request's JSON into a `Query`, or says everything that is wrong with it."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from warehouse.language import buckets, catalog, filters, periods, zones
from warehouse.language.body import MOST_NAMES, Body
from warehouse.language.comparison import COMPARISONS
from warehouse.language.metrics import compared
from warehouse.language.query import Order, Query, Window

DEFAULT_LIMIT = 1000
MOST_OFFSET = 10_000_000
KEYS = (
    "dimensions",
    "metrics",
    "filters",
    "time_range",
    "period",
    "timezone",
    "granularity",
    "group_by",
    "include_bots",
    "order_by",
    "limit",
    "offset",
    "week_start",
    "compare",
    "totals",
    "sample",
    "exact",
)
MOMENTS = [one for one in catalog.FIELDS.values() if one.kind in {"date", "time"}]
NO_WINDOW = Window(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
"""Stands in for a window that was not understood, until all faults are told."""
DIRECTIONS = {"asc": False, "desc": True}


def parse_query(
    body: Mapping[str, Any],
    *,
    organization: str,
    timezone: str,
    now: datetime,
    max_limit: int = 50_000,
    slug: str = "",
) -> Query:
    """Return the question `body` asks; raises InvalidRequest naming every bad field.

    `timezone` is the organization's, used where the request names none; `slug` is what the
    answer calls the organization.
    """
    request = _Request(body, now, max_limit)
    request.check_keys(KEYS)
    zone = request.zone(timezone)
    week_start = request.choice("week_start", buckets.WEEK_STARTS) or "monday"
    window = periods.resolve(body, zone, now, request.faults, week_start)
    granularity = request.granularity(window)
    metrics = request.names("metrics", catalog.METRICS.get, catalog.METRICS, complete=True) or (
        "events",
    )
    dimensions = request.names("dimensions", catalog.dimension, catalog.DIMENSIONS)
    compare = request.compare(dimensions)
    found = filters.Parser(zone, request.faults).parse(body.get("filters"))
    selected = (*(("time",) if granularity else ()), *dimensions, *metrics)
    if compare:
        selected += tuple(name for metric in metrics for name in compared(metric))
    query = Query(
        organization=organization,
        window=window or NO_WINDOW,
        timezone=zone,
        metrics=metrics,
        dimensions=dimensions,
        where=tuple(found.where),
        having=tuple(found.having),
        granularity=granularity,
        order_by=request.order_by(selected),
        offset=request.whole("offset", 0, 0, MOST_OFFSET),
        include_bots=request.boolean("include_bots"),
        organization_slug=slug,
        week_start=week_start,
        compare=compare,
        totals=request.boolean("totals"),
        sample=request.share("sample"),
        exact=request.boolean("exact"),
    )
    query = replace(query, limit=request.limit(query), previous=request.previous(query))
    request.faults.raise_any()
    return query


class _Request(Body):
    """The body of a query."""

    def __init__(self, body: Mapping[str, Any], now: datetime, max_limit: int) -> None:
        super().__init__(body)
        self._now = now
        self._max_limit = max_limit

    def zone(self, default: str) -> str:
        """Return the time zone the request counts days in."""
        name = default if self.given.get("timezone") is None else self.given["timezone"]
        if isinstance(name, str) and name in zones.names():
            return name
        self.faults.unknown("timezone", name, zones.names())
        return "UTC"

    def granularity(self, window: Window | None) -> str | None:
        """Return the width of a bucket; `group_by` is its other name."""
        given = {
            key: self.given[key]
            for key in ("granularity", "group_by")
            if self.given.get(key) is not None
        }
        for key, value in given.items():
            if value not in buckets.GRANULARITIES:
                self.faults.unknown(key, value, buckets.GRANULARITIES)
                return None
        if len(set(given.values())) > 1:
            self.faults.add("group_by", "conflict", "Differs from granularity.")
            return None
        name: str | None = next(iter(given.values()), None)
        if name and window and buckets.estimate(window, name) > buckets.MOST_BUCKETS:
            detail = f"More than {buckets.MOST_BUCKETS} buckets: take a wider one or less time."
            self.faults.add("granularity", "too-many", detail)
            return None
        return name

    def order_by(self, selected: tuple[str, ...]) -> tuple[Order, ...]:
        """Return how rows are sorted: only what is selected can be sorted by."""
        given = [] if self.given.get("order_by") is None else self.given["order_by"]
        if not isinstance(given, list) or len(given) > MOST_NAMES:
            self.faults.add("order_by", "invalid", 'Must be a list of {"field", "direction"}.')
            return ()
        orders = [self._order(one, f"order_by[{i}]", selected) for i, one in enumerate(given)]
        return tuple(order for order in orders if order is not None)

    def _order(self, one: object, path: str, selected: tuple[str, ...]) -> Order | None:
        if not isinstance(one, Mapping):
            self.faults.add(path, "invalid", 'Must be {"field": …, "direction": "asc"|"desc"}.')
            return None
        for name in sorted(set(map(str, one)) - {"field", "direction"}):
            self.faults.unknown(f"{path}.{name}", name, ("field", "direction"))
        field, direction = one.get("field"), one.get("direction", "asc")
        if field not in selected:
            self.faults.unknown(f"{path}.field", field, selected)
        if not isinstance(direction, str) or direction not in DIRECTIONS:
            self.faults.unknown(f"{path}.direction", direction, DIRECTIONS)
        elif isinstance(field, str):
            return Order(field, DIRECTIONS[direction])
        return None

    def compare(self, dimensions: Collection[str]) -> str | None:
        """Return with which earlier window the answer is compared, if with any."""
        name = self.choice("compare", COMPARISONS)
        moments = [one for one in dimensions if catalog.FIELDS.get(one) in MOMENTS]
        if name and moments:
            detail = f"No earlier row has the same {moments[0]}; use granularity instead."
            self.faults.add("compare", "conflict", detail)
        return name

    def previous(self, query: Query) -> Window | None:
        """Return the window that `compare` names."""
        if query.window is NO_WINDOW or query.compare is None:
            return None
        found = COMPARISONS[query.compare](
            query.window, query.timezone, query.granularity, query.week_start
        )
        if found.start < zones.day_start(periods.EARLIEST, "UTC"):
            detail = f"The earlier window must not begin before {periods.EARLIEST}."
            self.faults.add("compare", "out-of-range", detail)
        return found

    def limit(self, query: Query) -> int:
        """Return how many rows are wanted; a series is whole unless it says otherwise."""
        default = DEFAULT_LIMIT
        whole = query.is_series and self.given.get("limit") is None
        if query.granularity and whole and query.window is not NO_WINDOW:
            zone, week_start = query.timezone, query.week_start
            count = buckets.count(query.window, query.granularity, zone, week_start)
            default = max(default, count)
        return self.whole("limit", min(default, self._max_limit), 1, self._max_limit)
