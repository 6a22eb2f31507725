"""Asks the events themselves what a rule holds, by the very query that anybody may ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from discovery.patterns.rules import Filter
from warehouse.how import Ask
from warehouse.language.parse import parse_query
from warehouse.language.query import Query, Window

METRICS = ("events", "visitors", "conversions", "revenue")
MOST_TOLD = 5
LEAST_SHARE = 0.05


@dataclass(frozen=True, slots=True)
class Counts:
    """What some events amount to."""

    events: int
    visitors: int
    conversions: int
    revenue: Decimal


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks beside a question, about its organization, clocks and bots."""

    query: Query
    ask: Ask

    def counts(self, filters: Sequence[Filter], window: Window) -> Counts:
        """Return what the events of a window that fulfil the filters amount to, exactly."""
        (row,) = self._asked(filters, window, metrics=list(METRICS))
        events, visitors, conversions, revenue = (row[name] for name in METRICS)
        return Counts(events, visitors, conversions, Decimal(revenue))

    def values(self, filters: Sequence[Filter], window: Window, field: str) -> list[str | None]:
        """Return the most frequent values of a field, those that have a share worth telling."""
        rows = self._asked(filters, window, metrics=["events"], dimensions=[field], limit=MOST_TOLD)
        most = sum(row["events"] for row in rows)
        return [row[field] for row in rows if row["events"] >= LEAST_SHARE * most]

    def _asked(
        self, filters: Sequence[Filter], window: Window, **more: Any
    ) -> list[dict[str, Any]]:
        body = request(self.query, filters, window) | more | {"exact": True}
        return self.ask(
            parse_query(
                body,
                organization=self.query.organization,
                slug=self.query.organization_slug,
                timezone=self.query.timezone,
                now=self.query.window.end,
            )
        )


def request(query: Query, filters: Sequence[Filter], window: Window) -> dict[str, Any]:
    """Return the body of a query over `window` by the clocks and for the bots of another one."""
    return {
        "filters": list(filters),
        "time_range": {"start": window.start.isoformat(), "end": window.end.isoformat()},
        "timezone": query.timezone,
        "include_bots": query.include_bots,
    }
