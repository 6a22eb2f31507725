"""Turns a request's JSON into a `Query`, or says everything that is wrong with it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from warehouse.exceptions import InvalidRequest
from warehouse.language import buckets, catalog, filters, periods, zones
from warehouse.language.comparison import COMPARISONS
from warehouse.language.faults import Faults
from warehouse.language.metrics import compared
from warehouse.language.query import Order, Query, Window

DEFAULT_LIMIT = 1000
MOST_OFFSET = 10_000_000
MOST_NAMES = 20
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
    request.check_keys()
    zone = request.zone(timezone)
    week_start = request.choice("week_start", buckets.WEEK_STARTS) or "monday"
    window = periods.resolve(body, zone, now, request.faults, week_start)
    granularity = request.granularity(window)
    metrics = request.names("metrics", catalog.METRICS.get, catalog.METRICS) or ("events",)
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


class _Request:
    """One request's body while it is read."""

    def __init__(self, body: Mapping[str, Any], now: datetime, max_limit: int) -> None:
        if not isinstance(body, Mapping):
            raise InvalidRequest("Send a JSON object.")
        self.faults = Faults()
        self._body = body
        self._now = now
        self._max_limit = max_limit

    def check_keys(self) -> None:
        """Note every key that means nothing here."""
        for name in sorted(set(map(str, self._body)) - set(KEYS)):
            self.faults.unknown(name, name, KEYS)

    def zone(self, default: str) -> str:
        """Return the time zone the request counts days in."""
        name = default if self._body.get("timezone") is None else self._body["timezone"]
        if isinstance(name, str) and name in zones.names():
            return name
        self.faults.unknown("timezone", name, zones.names())
        return "UTC"

    def granularity(self, window: Window | None) -> str | None:
        """Return the width of a bucket; `group_by` is its other name."""
        given = {
            key: self._body[key]
            for key in ("granularity", "group_by")
            if self._body.get(key) is not None
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

    def names(
        self, key: str, find: Callable[[str], object], known: Collection[str]
    ) -> tuple[str, ...]:
        """Return a list of distinct known names; one name alone may stand without a list."""
        given = self._body.get(key)
        several = [given] if isinstance(given, str) else [] if given is None else given
        most = len(known) if known is catalog.METRICS else MOST_NAMES
        if not isinstance(several, list) or len(several) > most:
            self.faults.add(key, "invalid", f"Must be a list of at most {most} names.")
            return ()
        for index, name in enumerate(several):
            if not isinstance(name, str) or find(name) is None:
                self.faults.unknown(f"{key}[{index}]", name, known)
            elif name in several[:index]:
                self.faults.add(f"{key}[{index}]", "duplicate", f"{name} is there already.")
        return tuple(name for name in several if isinstance(name, str))

    def order_by(self, selected: tuple[str, ...]) -> tuple[Order, ...]:
        """Return how rows are sorted: only what is selected can be sorted by."""
        given = [] if self._body.get("order_by") is None else self._body["order_by"]
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

    def choice(self, key: str, known: Collection[str]) -> str | None:
        """Return one of the known names, or None where none was given."""
        name = self._body.get(key)
        if name is None or (isinstance(name, str) and name in known):
            return name
        self.faults.unknown(key, name, known)
        return None

    def share(self, key: str) -> float:
        """Return a number above 0 and up to 1; absent is 1."""
        value = self._body.get(key)
        if value is None:
            return 1.0
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
            self.faults.add(key, "invalid", "Must be a number above 0 and no greater than 1.")
            return 1.0
        return float(value)

    def limit(self, query: Query) -> int:
        """Return how many rows are wanted; a series is whole unless it says otherwise."""
        default = DEFAULT_LIMIT
        whole = query.is_series and self._body.get("limit") is None
        if query.granularity and whole and query.window is not NO_WINDOW:
            zone, week_start = query.timezone, query.week_start
            count = buckets.count(query.window, query.granularity, zone, week_start)
            default = max(default, count)
        return self.whole("limit", min(default, self._max_limit), 1, self._max_limit)

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """Return a whole number between bounds."""
        value = self._body.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.faults.add(key, "invalid", f"Must be a whole number from {least} to {most}.")
            return default
        return value

    def boolean(self, key: str) -> bool:
        """Return true or false; absent is false."""
        value = self._body.get(key)
        if value is not None and not isinstance(value, bool):
            self.faults.add(key, "invalid", "Must be true or false.")
        return value is True
