"""How an answer is computed: who computes, for whom it is kept, and what work is done on rows."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NotRequired, Protocol, TypedDict

from warehouse.cache.l2 import L2
from warehouse.language.query import Query
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.sql.statement import Statement
from warehouse.tally import Tally

Ask = Callable[[Query], list[dict[str, Any]]]
"""Asks a question beside the one that is computed, and returns its rows by column names."""


class Work(Protocol):
    """Works out the rows of a study that is no room's here; it may `ask` for more."""

    def __call__(
        self, plan: Plan, blocks: Iterable[list[Row]], tally: Tally, *, ask: Ask
    ) -> Iterator[list[Row]]:
        """Yield the rows of the answer, block by block."""


class Stream(Protocol):
    """Rows of a statement as they come, block by block; what it took is known at the end."""

    def __iter__(self) -> Iterator[list[tuple[Any, ...]]]: ...
    @property
    def rows_read(self) -> int: ...  # noqa: D102
    @property
    def bytes_read(self) -> int: ...  # noqa: D102
    @property
    def elapsed_ms(self) -> float: ...  # noqa: D102


class Source(Protocol):
    """What computes: the web imports this module and must not import a driver."""

    def stream(
        self,
        statement: Statement,
        *,
        tag: str,
        timeout_seconds: float = 30,
        max_rows_to_read: int | None = None,
    ) -> AbstractContextManager[Stream]:
        """Run a statement under `tag` and give its rows as they come."""


class How(TypedDict):
    """How an answer is computed: where, for whom it is kept, under which tag, how long.

    `most_rows` may be read; `raw` reads events even where a rollup would do; `whole` makes the
    JSON of an answer of any size. `watch` is called while rows are worked on, and may raise.
    `work` is done on the rows of a study that this room does not know itself.
    """

    clickhouse: Source
    cache: L2 | None
    now: datetime
    tag: str
    timeout_seconds: float
    most_rows: NotRequired[int | None]
    raw: NotRequired[bool]
    whole: NotRequired[bool]
    watch: NotRequired[Callable[[], None]]
    work: NotRequired[Work]
