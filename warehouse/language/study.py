"""What a study is: a question about whole histories of visitors, not about single events."""

from dataclasses import dataclass
from typing import Protocol

from warehouse.language.query import Condition, Query, Window


@dataclass(frozen=True, slots=True)
class Match:
    """Which events count for something: those of a name (None: any) that fulfil `where`."""

    event: str | None
    where: tuple[Condition, ...] = ()


class Study(Protocol):
    """What a study has in common with all others; each is a frozen value of plain values."""

    @property
    def kind(self) -> str:
        """The report kind it belongs to, under which every room knows it."""

    @property
    def span(self) -> Window:
        """The stretch of time whose events are read: the query's window, or more."""

    @property
    def matches(self) -> tuple[Match, ...]:
        """Every kind of event it tells apart, in the order in which its SQL is written."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of events it reads besides those that `matches` and the query name."""

    @property
    def of_sessions(self) -> bool:
        """Whether it depends on where sessions begin and end."""

    def canonical(self) -> "Study":
        """Return the study that stands for all that have the same answer."""

    def definition(self, query: Query) -> str:
        """Return in words what is counted, for people who read the answer."""
