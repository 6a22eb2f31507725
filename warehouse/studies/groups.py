"""What is known of visitors by entry time and value of a breakdown, and which of them are shown.

Values are as many as senders please: no more are held than are shown, and those that were judged
apart are cut to the largest, which is told.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Key = tuple[Any, ...]
Times = NDArray[np.int64]
Rank = Callable[[Key, "Group"], tuple[Any, ...]]


@dataclass(slots=True)
class Group:
    """What is known of all visitors of one entry time and one value of the breakdown.

    By step: how many have reached it; how many have not and may still; the milliseconds from the
    step before, of all in sum and of each: of many visitors at once, and of single ones.
    """

    counts: list[int]
    opened: list[int]
    sums: list[int]
    times: list[list[Times]]
    single: list[list[int]]

    @classmethod
    def empty(cls, steps: int) -> "Group":
        """Return a group of nobody."""
        times: list[list[Times]] = [[] for _ in range(steps)]
        return cls([0] * steps, [0] * steps, [0] * steps, times, [[] for _ in range(steps)])

    def add(self, other: "Group") -> None:
        """Take in the visitors of another group."""
        for own, theirs in (
            (self.counts, other.counts),
            (self.opened, other.opened),
            (self.sums, other.sums),
        ):
            own[:] = [one + more for one, more in zip(own, theirs, strict=True)]
        for step in range(len(self.counts)):
            self.times[step] += other.times[step]
            self.single[step] += other.single[step]

    def waited(self, step: int) -> Times:
        """Return the milliseconds that each visitor took to a step."""
        return np.concatenate([*self.times[step], np.array(self.single[step], dtype=np.int64)])


class Foremost:
    """The groups that come first by `rank`, at least `most`; `dropped` tells if any is gone."""

    def __init__(self, rank: Rank, most: int) -> None:
        self.dropped = False
        self._rank, self._most = rank, most
        self._held: dict[Key, Group] = {}

    def add(self, key: Key, group: Group) -> None:
        """Take in a group; one of the same key grows."""
        if key in self._held:
            self._held[key].add(group)
            return
        self._held[key] = group
        if len(self._held) > 2 * self._most:
            self.dropped = True
            self._held = dict(self._sorted()[: self._most])

    def held(self, key: Key, steps: int) -> Group:
        """Return the group of a key, to take in more; a new one is of nobody."""
        if key not in self._held:
            self.add(key, Group.empty(steps))
        return self._held.get(key) or Group.empty(steps)

    def taken(self, key: Key) -> Group | None:
        """Return the group of a key, which is here no longer."""
        return self._held.pop(key, None)

    def items(self) -> Iterable[tuple[Key, Group]]:
        """Return what is held, in no order."""
        return self._held.items()

    def ranked(self) -> Iterator[tuple[Key, Group]]:
        """Yield what is held, the foremost first."""
        yield from self._sorted()

    def _sorted(self) -> list[tuple[Key, Group]]:
        return sorted(self._held.items(), key=lambda item: self._rank(*item))
