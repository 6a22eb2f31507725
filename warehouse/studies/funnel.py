"""The rows of a funnel's answer: what the event store has summed, and whom Python has judged."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.language import buckets
from warehouse.language.query import Query
from warehouse.language.studies.funnel import ANY, EACH, LAST, Funnel
from warehouse.planner.plan import Plan
from warehouse.series import Row
from warehouse.sql.studies.funnel import (
    MILLISECOND,
    TOUCHED,
    Layout,
    edge,
    layout,
    opened_after,
)
from warehouse.sql.studies.runs import MASK
from warehouse.studies.judge import best_run
from warehouse.studies.visitor import Ban, Run, Visitor
from warehouse.tally import Tally

Key = tuple[Any, ...]
Touch = tuple[Any, ...]
Times = NDArray[np.int64]


@dataclass(slots=True)
class Group:
    """What is known of all visitors of one entry time and one value of the breakdown.

    By step: how many have reached it; how many have not and may still; the milliseconds from the
    step before, of all in sum and of each.
    """

    counts: list[int]
    opened: list[int]
    sums: list[int]
    times: list[list[Times]]

    @classmethod
    def empty(cls, steps: int) -> "Group":
        """Return a group of nobody."""
        return cls([0] * steps, [0] * steps, [0] * steps, [[] for _ in range(steps)])


def rows(plan: Plan, blocks: Iterable[list[Row]], tally: Tally) -> Iterator[list[Row]]:
    """Yield the rows of a funnel: one a step, by entry time and value of the breakdown."""
    query = plan.query
    funnel = query.study
    if not isinstance(funnel, Funnel):
        raise TypeError(type(funnel).__name__)
    groups = _Gathering(query, funnel, tally.watch).gathered(blocks)
    entered = sum(group.counts[0] for group in groups.values())
    if query.sample < 1:
        tally.count((entered,))
    tally.counts["entered"] = _scaled(entered, query)
    if funnel.bins:
        tally.more["histogram"] = _histogram(funnel, groups)
    for key in _order(query, groups):
        yield _steps(key, groups.get(key) or Group.empty(len(funnel.steps)), query, funnel)


class _Gathering:
    """The groups of a funnel while the rows of its statement pass by."""

    def __init__(self, query: Query, funnel: Funnel, watch: Callable[[], None]) -> None:
        self.query, self.funnel, self.watch = query, funnel, watch
        self.at = layout(query, funnel)
        self.groups: dict[Key, Group] = {}
        self.judged: dict[Key, list[list[int]]] = {}
        self.starts = (
            list(buckets.starts(query.window, query.granularity, query.timezone, query.week_start))
            if query.granularity
            else []
        )

    def gathered(self, blocks: Iterable[list[Row]]) -> dict[Key, Group]:
        """Return the groups by their keys."""
        for block in blocks:
            for row in block:
                if row[0]:
                    self._judge(row)
                else:
                    self._add(row)
        for key, times in self.judged.items():
            for step, several in enumerate(times):
                self.groups[key].times[step].append(np.array(several, dtype=np.int64))
        return self.groups

    def _group(self, key: Key) -> Group:
        if key not in self.groups:
            self.groups[key] = Group.empty(len(self.funnel.steps))
        return self.groups[key]

    def _add(self, row: Row) -> None:
        """Take in what the event store has summed up."""
        at = self.at
        key = tuple(one if one != "" else None for one in row[at.keys])
        group = self._group(key)
        group.counts = [
            have + more for have, more in zip(group.counts, row[at.counts], strict=True)
        ]
        for step, count in enumerate(row[at.opened], 1):
            group.opened[step] += count
        for step, total in enumerate(row[at.sums], 1):
            group.sums[step] += total
        for step, encoded in enumerate(row[at.times], 1):
            group.times[step].append(np.fromstring(encoded, dtype=np.int64, sep=" "))

    def _judge(self, row: Row) -> None:
        """Take in one visitor."""
        funnel, at = self.funnel, self.at
        visitor = replace(visitor_of(row, at, self.query, funnel), watch=self.watch)
        run = best_run(funnel, visitor)
        if not run:
            return
        key = self._key(row, run)
        group = self._group(key)
        times = self.judged.setdefault(key, [[] for _ in funnel.steps])
        is_open = run[0] > opened_after(self.query, funnel)
        before = run[0]
        for step, moment in enumerate(reached(funnel, run, row[at.moments])):
            if moment is None:
                group.opened[step] += is_open and self._came_close(step, run)
                continue
            group.counts[step] += 1
            if step and funnel.times:
                group.sums[step] += moment - before
                times[step].append(moment - before)
            before = before if funnel.steps[step].optional else moment

    def _came_close(self, step: int, run: Run) -> bool:
        """Return whether the run has reached the step of the chain before this one."""
        return sum(place < step for place in self.funnel.chain) == len(run)

    def _key(self, row: Row, run: Run) -> Key:
        query, at = self.query, self.at
        key: list[Any] = []
        if self.starts:
            place = bisect_right(self.starts, run[0] // MILLISECOND) - 1
            key.append(self.starts[max(place, 0)])
        if self.funnel.attribution == EACH:
            key += row[at.keys][len(key) :]
        elif query.dimensions:
            key += _touched(self.funnel, run, row[at.touches][0])
        return tuple(one if one != "" else None for one in key)


def visitor_of(row: Row, at: Layout, query: Query, funnel: Funnel) -> Visitor:
    """Return the visitor that a row of the statement is about."""
    held = row[at.moments]
    if at.rows.stop > at.rows.start:
        found = [(one // MASK, one % MASK) for one in row[at.rows][0]]
    else:
        every = dict.fromkeys(step.match for step in funnel.steps)
        found = sorted(
            (moment, 1 << funnel.matches.index(match))
            for match in every
            for moment in held[funnel.matches.index(match)]
        )
    bans = [
        Ban(
            funnel.chain.index(one.first),
            funnel.chain.index(one.last),
            held[funnel.matches.index(one.match)],
        )
        for one in funnel.exclusions
    ]
    before = edge(query) if funnel.after_range else None
    return Visitor(found, [1 << match for match in funnel.chained], bans, funnel.within_ms, before)


def reached(funnel: Funnel, run: Run, held: Sequence[Sequence[int]]) -> list[int | None]:
    """Return when each step was reached, the optional ones too: those on the way of `run`."""
    found: list[int | None] = []
    before, until = run[0], run[0] + funnel.within_ms
    for place, step in enumerate(funnel.steps):
        index = sum(one < place for one in funnel.chain)
        if not step.optional:
            moment = run[index] if index < len(run) else None
            before = run[index] if index < len(run) else before
            found.append(moment)
            continue
        moments = held[funnel.matches.index(step.match)]
        ends = run[index] - 1 if index < len(run) else until
        at = bisect_right(moments, before)
        came = index <= len(run) and at < len(moments) and moments[at] <= ends
        found.append(moments[at] if came else None)
        before = moments[at] if came else before
    return found


def _touched(funnel: Funnel, run: Run, touches: Sequence[Touch]) -> Sequence[Any]:
    """Return the values of the event that speaks for a run.

    Of events of one moment each step takes the first to arrive that leaves the others theirs.
    """
    place = len(run) - 1 if funnel.attribution == LAST else 0
    bits = [1 << match for match in funnel.chained]
    if funnel.order == ANY:
        bits = [sum(set(bits))] * len(bits)
    there = [touch for touch in touches if touch[0] == run[place]]
    steps = [step for step, moment in enumerate(run) if moment == run[place]]
    served = _served([bits[step] for step in steps], there)
    return served[steps.index(place)][TOUCHED - 1 :]


def _served(bits: Sequence[int], touches: Sequence[Touch]) -> list[Touch]:
    """Return an event for each of `bits`, or nothing where there are too few."""
    if not bits:
        return []
    seen: set[int] = set()
    for index, touch in enumerate(touches):
        if touch[3] & bits[0] and touch[3] not in seen:
            seen.add(touch[3])
            rest = _served(bits[1:], [*touches[:index], *touches[index + 1 :]])
            if len(rest) == len(bits) - 1:
                return [touch, *rest]
    return []


def _order(query: Query, groups: dict[Key, Group]) -> list[Key]:
    """Return the keys in the order of the answer: by time, then the largest first."""
    timed = query.granularity is not None
    if not query.dimensions:
        if not timed:
            return [()]
        zone, week_start = query.timezone, query.week_start
        starts = buckets.starts(query.window, query.granularity or "", zone, week_start)
        return [(start,) for start in starts]

    def rank(key: Key) -> tuple[Any, ...]:
        values = tuple((one is None, "" if one is None else one) for one in key[timed:])
        return (key[:timed], -groups[key].counts[0], values)

    return sorted((key for key in groups if groups[key].counts[0]), key=rank)


def _steps(key: Key, group: Group, query: Query, funnel: Funnel) -> list[Row]:
    scaled = partial(_scaled, query=query)
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
                _median(group.times[place]),
            )
        )
        before = before if step.optional else place
    return found


def _scaled(count: int, query: Query) -> int:
    """Return how many all visitors are, of whom a sample has so many."""
    return count if query.sample == 1 else round(count / query.sample)


def _ratio(above: int, below: int) -> float | None:
    return above / below if below else None


def _median(times: Sequence[Times]) -> float | None:
    every = np.concatenate(times) if times else np.empty(0)
    return float(np.median(every)) / MILLISECOND if every.size else None


def _histogram(funnel: Funnel, groups: dict[Key, Group]) -> list[dict[str, Any]]:
    """Return for each later step how many took how long, in bins of one width from 0 seconds."""
    found = []
    for place in range(1, len(funnel.steps)):
        several = [times for group in groups.values() for times in group.times[place]]
        every = np.concatenate(several) / MILLISECOND if several else np.empty(0)
        longest = float(every.max()) if every.size else 0.0
        counts, edges = np.histogram(every, funnel.bins, (0.0, longest or 1.0))
        found.append({"step": place + 1, "counts": counts.tolist(), "edges": edges.tolist()})
    return found
