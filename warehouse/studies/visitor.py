"""One visitor while a funnel is judged: rows, steps, and what spoils a run.

A row is a moment and a mask: bit N tells that it is an event of match N. Rows of one moment may
come in either order. A run is the moments at which its steps are reached. It is spoiled by an
excluded moment between two of its steps, or until its time runs out where the second was not
reached.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

Run = tuple[int, ...]


class Ban(NamedTuple):
    """Moments that spoil a run between the steps at two places of the chain."""

    first: int
    last: int
    moments: Sequence[int]

    def spoils(self, run: Run, until: int) -> bool:
        """Return whether `run`, whose time runs out with `until`, is spoiled."""
        if len(run) <= self.first:
            return False
        begin = bisect_right(self.moments, run[self.first])
        if len(run) > self.last:
            return begin < bisect_left(self.moments, run[self.last])
        return begin < bisect_right(self.moments, until)


@dataclass(frozen=True)
class Visitor:
    """The rows of one visitor, sorted by moment; `steps` are the bits of the chain's steps.

    `watch` is called again and again, and raises when the judging must stop.
    """

    rows: Sequence[tuple[int, int]]
    steps: Sequence[int]
    bans: Sequence[Ban]
    within: int
    starts_before: int | None = None
    watch: Callable[[], None] = lambda: None
    moments: Sequence[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "moments", [moment for moment, _ in self.rows])

    @cached_property
    def places(self) -> list[list[int]]:
        """For each step the places of the rows that may serve it."""
        return [
            [place for place, (_, mask) in enumerate(self.rows) if mask & bit] for bit in self.steps
        ]

    @cached_property
    def by_mask(self) -> dict[int, list[int]]:
        """The places of the rows of each mask."""
        found: dict[int, list[int]] = {}
        for place, (_, mask) in enumerate(self.rows):
            found.setdefault(mask, []).append(place)
        return found

    @cached_property
    def most(self) -> int:
        """How many steps all rows together serve, each its own."""
        served: dict[int, int] = {}
        few = [place for places in self.by_mask.values() for place in places[: len(self.steps)]]
        return sum(match(self, place, served, set()) for place in few)

    def starts(self, bits: int) -> Iterator[int]:
        """Yield the places of the rows that may start a run: one for each moment and mask."""
        seen: set[tuple[int, int]] = set()
        for place, row in enumerate(self.rows):
            if self.starts_before is not None and row[0] >= self.starts_before:
                return
            if row[1] & bits and row not in seen:
                seen.add(row)
                yield place

    def spoiled(self, run: Run) -> bool:
        """Return whether an exclusion spoils `run`."""
        return any(ban.spoils(run, run[0] + self.within) for ban in self.bans)


def match(visitor: Visitor, place: int, served: dict[int, int], tried: set[int]) -> bool:
    """Give the row at `place` a step, moving others to other steps if need be."""
    for step, bit in enumerate(visitor.steps):
        if visitor.rows[place][1] & bit and step not in tried:
            tried.add(step)
            if step not in served or match(visitor, served[step], served, tried):
                served[step] = place
                return True
    return False


def better(one: Run, other: Run) -> Run:
    """Return the run that gets further, or else has the earlier rows."""
    if len(one) != len(other):
        return max(one, other, key=len)
    return min(one, other)
