"""What was asked, as plain values: pure, hashable, the same for the same question."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.language.study import Study

TIME = "time"
Value = str | int | float | bool | Decimal | datetime


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time [start, end), both aware and in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Leaf:
    """One comparison; `values` holds one value, two for `between`, any number for `in`."""

    field: str
    operator: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions joined by `and`, `or`, or (with exactly one) negated by `not`."""

    joint: str
    members: tuple["Condition", ...]


Condition = Leaf | Group


@dataclass(frozen=True, slots=True)
class Order:
    """Sort by a selected column."""

    field: str
    descending: bool


@dataclass(frozen=True, slots=True)
class Supposed:
    """What if: events of `window` without a campaign, no bots', for which `where` holds, had one.

    Their `campaign_id` is read as the one given here, everywhere in the question.
    """

    campaign_id: str
    window: Window
    where: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """One question of one organization; `where` is about events, `having` about metrics.

    `order_by` is what was asked for, `order` what it amounts to. `previous` is the window that
    `compare` names. `sample` is the share of visitors to look at, 1 for all; `exact` refuses
    tables that count many distinct values within an error only. A `study` asks about the
    histories of visitors; there are no metrics then, and `dimensions` are its breakdown. What is
    `supposed` only events can be read with.
    """

    organization: str
    window: Window
    timezone: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    having: tuple[Condition, ...] = ()
    granularity: str | None = None
    order_by: tuple[Order, ...] = ()
    limit: int = 1000
    offset: int = 0
    include_bots: bool = False
    organization_slug: str = ""
    week_start: str = "monday"
    compare: str | None = None
    previous: Window | None = None
    totals: bool = False
    sample: float = 1.0
    exact: bool = False
    study: "Study | None" = None
    supposed: Supposed | None = None

    @property
    def read(self) -> Window:
        """Return the stretch of time whose events are read."""
        return self.study.span if self.study else self.window

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return all that events or metrics are compared with, by which SQL finds their values.

        What is supposed comes last, wherever it is written.
        """
        return (*self.of_events, *self.having, *(self.supposed.where if self.supposed else ()))

    @property
    def of_events(self) -> tuple[Condition, ...]:
        """Return what events are compared with: the filters, then what the study tells apart."""
        own = (one for match in self.study.matches for one in match.where) if self.study else ()
        return (*self.where, *own)

    @property
    def order(self) -> tuple[Order, ...]:
        """Return how rows are sorted, as asked or by default, so that no two of them tie."""
        time = (Order(TIME, descending=False),) if self.granularity else ()
        if self.study:  # its rows have an order of their own
            return ()
        best = (Order(self.metrics[0], descending=True),) if self.dimensions else ()
        asked = self.order_by or (*time, *best)
        ties = (*time, *(Order(name, descending=False) for name in self.dimensions))
        first = {order.field: order for order in reversed((*asked, *ties))}
        names = dict.fromkeys(order.field for order in (*asked, *ties))
        return tuple(first[name] for name in names)

    def in_total(self) -> "Query":
        """Return the question for the same metrics of all its events, whatever its rows show."""
        return replace(
            self, dimensions=(), granularity=None, having=(), order_by=(), limit=1, offset=0,
            totals=False,
        )  # fmt: skip

    @property
    def tested(self) -> tuple[str, ...]:
        """Return the fields of events that filters compare."""
        return tuple(leaf.field for condition in self.of_events for leaf in leaves(condition))

    @property
    def fields(self) -> tuple[str, ...]:
        """Return every field that a table must have to answer this."""
        return (*self.dimensions, *self.tested, *(self.study.fields if self.study else ()))

    @property
    def is_series(self) -> bool:
        """Whether the answer is one row a bucket of time and nothing else."""
        return self.granularity is not None and not self.dimensions


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield every comparison within `condition`."""
    if isinstance(condition, Leaf):
        yield condition
        return
    for member in condition.members:
        yield from leaves(member)
