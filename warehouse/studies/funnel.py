"""The rows of a funnel's answer: what the event store has summed, and whom Python has judged."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from warehouse.language import buckets
from warehouse.language.query import Query
from warehouse.language.studies.funnel import EACH, Funnel
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.sql.studies.funnel import MARK, MILLISECOND, layout, opened_after
from warehouse.studies.groups import Foremost, Group, Key, Times
from warehouse.studies.hard import Judge
from warehouse.studies.scaled import counted
from warehouse.studies.visitor import Run
from warehouse.tally import ROUGH, Tally

MOST_JUDGED = 50_000
"""So many values of a breakdown are held at least of the visitors who are judged apart."""
NOTE = "of visitors judged one by one, values of few may be missing"


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows of a funnel: one a step, by entry time and value of the breakdown."""
    query = plan.query
    funnel = query.study
    if not isinstance(funnel, Funnel):
        raise TypeError(type(funnel).__name__)
    found = _Gathering(query, funnel, tally.watch)
    groups = found.gathered(blocks)
    if query.sample < 1:
        tally.count((found.entered,))
    tally.counts["entered"] = counted(found.entered, query.sample)
    if found.judged.dropped:
        tally.truncated = True
        tally.more[ROUGH] = {"breakdown": NOTE}
    if funnel.bins:
        tally.more["histogram"] = _histogram(funnel, [group for _, group in groups.items()])
    for key, group in _shown(query, funnel, groups):
        yield _steps(key, group, query, funnel)


class _Gathering:
    """The groups of a funnel while the rows of its statement pass by.

    Of a breakdown all who are judged come first. `entered` counts everybody.
    """

    def __init__(self, query: Query, funnel: Funnel, watch: Callable[[], None]) -> None:
        self.query, self.funnel = query, funnel
        self.judge = Judge(query, funnel, watch)
        self.at = layout(query, funnel)
        self.entered = 0
        self.starts = _starts(query)
        most = (query.offset + query.limit) // len(funnel.steps) + 2
        self.most = most if query.dimensions else len(self.starts) + 1
        self.judged = Foremost(self._rank, max(MOST_JUDGED, self.most))
        self.open_after = opened_after(query, funnel)

    def gathered(self, blocks: Iterable[list[Row]]) -> Foremost:
        """Return the groups that are shown, and in a trend of all the others too."""
        found = Foremost(self._rank, self.most)
        for block in blocks:
            for row in block:
                if row[0]:
                    self._judge(row)
                else:
                    self._add(row, found)
        for key, group in self.judged.items():
            found.add(key, group)
        return found

    def _rank(self, key: Key, group: Group) -> tuple[Any, ...]:
        """Return the place of a group: by time, then the largest first."""
        timed = bool(self.starts)
        values = tuple((one is None, "" if one is None else one) for one in key[timed:])
        return (key[:timed], -group.counts[0], values)

    def _add(self, row: Row, found: Foremost) -> None:
        """Take in what the event store has summed up."""
        at = self.at
        key = tuple(one if one != "" else None for one in row[at.keys])
        group = Group.empty(len(self.funnel.steps))
        (group.counts,), (opened,) = row[at.counts], row[at.opened]
        group.opened = [0, *opened]
        if self.funnel.times:
            (sums,), (encoded,) = row[at.sums], row[at.times]
            group.sums = [0, *sums]
            marked = np.fromstring(encoded, dtype=np.int64, sep=" ")
            for step in range(1, len(group.times)):
                group.times[step].append(marked[marked % MARK == step] // MARK)
        self.entered += group.counts[0]
        if judged := self.judged.taken(key):
            group.add(judged)
        found.add(key, group)

    def _judge(self, row: Row) -> None:
        """Take in one visitor."""
        (packed,) = row[self.at.rows]
        run = self.judge.run(packed)
        if not run:
            return
        self.entered += 1
        group = self.judged.held(self._key(row, run), len(self.funnel.steps))
        is_open = run[0] > self.open_after
        before = run[0]
        for step, moment in enumerate(self.judge.reached(run, packed)):
            if moment is None:
                group.opened[step] += is_open and self.judge.next_step(step, run)
                continue
            group.counts[step] += 1
            if step and self.funnel.times:
                group.sums[step] += moment - before
                group.single[step].append(moment - before)
            before = before if self.funnel.steps[step].optional else moment

    def _key(self, row: Row, run: Run) -> Key:
        query, at = self.query, self.at
        key: list[Any] = []
        if self.starts:
            place = bisect_right(self.starts, run[0] // MILLISECOND) - 1
            key.append(self.starts[max(place, 0)])
        if self.funnel.attribution == EACH:
            key += row[at.keys][len(key) :]
        elif query.dimensions:
            key += self.judge.values(run, row[at.touches][0])
        return tuple(one if one != "" else None for one in key)


def _shown(query: Query, funnel: Funnel, groups: Foremost) -> Iterator[tuple[Key, Group]]:
    """Yield the groups in the order of the answer; without a breakdown, empty ones too."""
    if query.dimensions:
        yield from ((key, group) for key, group in groups.ranked() if group.counts[0])
        return
    keys: list[Key] = [(start,) for start in _starts(query)] if query.granularity else [()]
    for key in keys:
        yield key, groups.taken(key) or Group.empty(len(funnel.steps))


def _starts(query: Query) -> list[int]:
    """Return when the buckets of a trend begin."""
    if not query.granularity:
        return []
    return [*buckets.starts(query.window, query.granularity, query.timezone, query.week_start)]


def _steps(key: Key, group: Group, query: Query, funnel: Funnel) -> list[Row]:
    scaled = partial(counted, share=query.sample)
    found: list[Row] = []
    before = 0
    for place, step in enumerate(funnel.steps):
        count, base = group.counts[place], group.counts[before]
        opened = group.opened[place]
        dropped = 0 if step.optional or not place else base - count - opened
        found.append(
            (
                *key,
                place + 1,
                step.label,
                scaled(count),
                _ratio(count, group.counts[0]),
                _ratio(count, base) if place else 1.0,
                scaled(dropped),
                scaled(0 if step.optional else opened),
                _ratio(group.sums[place], count * MILLISECOND) if place and funnel.times else None,
                _median(group.waited(place)),
            )
        )
        before = before if step.optional else place
    return found


def _ratio(above: int, below: int) -> float | None:
    return above / below if below else None


def _median(times: Times) -> float | None:
    return float(np.median(times)) / MILLISECOND if times.size else None


def _histogram(funnel: Funnel, groups: Sequence[Group]) -> list[dict[str, Any]]:
    """Return for each later step how many took how long, in bins of one width from 0 seconds."""
    found = []
    for place in range(1, len(funnel.steps)):
        several = [group.waited(place) for group in groups]
        every = np.concatenate(several) / MILLISECOND if several else np.empty(0)
        longest = float(every.max()) if every.size else 0.0
        counts, edges = np.histogram(every, funnel.bins, (0.0, longest or 1.0))
        found.append({"step": place + 1, "counts": counts.tolist(), "edges": edges.tolist()})
    return found
