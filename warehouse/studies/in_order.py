"""The best run of a visitor from one start, where any later row may serve the next step."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from warehouse.studies.visitor import Run, Visitor, better


class Ordered:
    """The runs from one start, step by step; what follows the same row is worked out once.

    Of the rows that may serve a step the earliest is best, unless an exclusion speaks against it:
    so the earliest behind each moment that spoils is tried too, and with it the earliest that ends
    the run, for nothing serves the next step behind it.
    """

    def __init__(self, visitor: Visitor, start: int) -> None:
        self._visitor = visitor
        self._until = start + visitor.within
        self._known: dict[tuple[object, ...], Run] = {}

    def best(self, served: tuple[int, ...]) -> Run:
        """Return the best unspoiled run that goes on from the rows at the places `served`."""
        visitor = self._visitor
        run = tuple(visitor.moments[place] for place in served)
        if any(ban.last == len(run) - 1 and ban.spoils(run, self._until) for ban in visitor.bans):
            return ()
        key = self._key(served, run)
        if key not in self._known:
            self._known[key] = self._go_on(served, run)
        rest = self._known[key]
        return run + rest[len(run) :] if rest else ()

    def _key(self, served: tuple[int, ...], run: Run) -> tuple[object, ...]:
        # Rows of one moment and mask stand for each other.
        rows = (self._visitor.rows[place] for place in served)
        now = tuple(sorted(mask for moment, mask in rows if moment == run[-1]))
        opened = tuple(run[ban.first] for ban in self._visitor.bans if ban.first < len(run))
        return (len(run), run[-1], now, opened)

    def _go_on(self, served: tuple[int, ...], run: Run) -> Run:
        best: Run = ()
        self._visitor.watch()
        reach = self.reach(served)
        if self._doomed(run, reach):
            return ()
        most = len(served) + len(reach)
        for place in self._worth_trying(served):
            # What comes later has later rows: it can only win by getting further.
            if len(best) == most and self._visitor.moments[place] > best[len(served)]:
                break
            best = better(self.best((*served, place)), best)
        if best or self._next(served, run[-1]) is not None:
            return best
        return () if self._visitor.spoiled(run) else run

    def reach(self, served: tuple[int, ...]) -> list[int]:
        """Return the earliest moments of the further steps, whatever is excluded."""
        visitor = self._visitor
        at = bisect_left(visitor.moments, visitor.moments[served[-1]])
        last = bisect_right(visitor.moments, self._until)
        found: list[int] = []
        for places in visitor.places[len(served) :]:
            place = bisect_left(places, at)
            if place == len(places) or places[place] >= last:
                break
            found.append(visitor.moments[places[place]])
            # A row may serve one step only, but rows of its moment may come before it.
            at = bisect_left(visitor.moments, found[-1])
        return found

    def _doomed(self, run: Run, reach: list[int]) -> bool:
        """Return whether an excluded moment comes before its second step can be reached."""
        for ban in self._visitor.bans:
            if ban.first < len(run) <= ban.last:
                later = ban.moments[bisect_right(ban.moments, run[ban.first]) :][:1]
                needed = reach[ban.last - len(run) :][:1] or [self._until + 1]
                if later and later[0] <= self._until and needed[0] > later[0]:
                    return True
        return False

    def _next(self, served: tuple[int, ...], moment: int) -> int | None:
        """Return the place of the first row from `moment` on that may serve the next step."""
        visitor, step = self._visitor, len(served)
        if step == len(visitor.steps):
            return None
        places = visitor.places[step]
        at = bisect_left(places, bisect_left(visitor.moments, moment))
        while at < len(places) and places[at] in served:
            at += 1
        if at == len(places) or visitor.moments[places[at]] > self._until:
            return None
        return places[at]

    def _worth_trying(self, served: tuple[int, ...]) -> Iterator[int]:
        visitor, step = self._visitor, len(served)
        edges = [visitor.moments[served[-1]]]
        if visitor.bans and step < len(visitor.steps):
            bars = [
                at
                for ban in visitor.bans
                if ban.first == step
                for at in ban.moments[
                    bisect_left(ban.moments, edges[0]) : bisect_right(ban.moments, self._until)
                ]
            ]
            ends = self._last_of_next(step)
            edges += [*bars, *(max(at, end) for at in (*bars, 0) for end in (ends, ends + 1))]
        seen: set[int] = set()
        for edge in sorted({at for at in edges if at >= edges[0]}):
            place = self._next(served, edge)
            if place is not None and visitor.moments[place] not in seen:
                seen.add(visitor.moments[place])
                yield from self._alike(served, place)

    def _alike(self, served: tuple[int, ...], place: int) -> Iterator[int]:
        """Yield the rows of one moment that serve the next step, one for each mask."""
        visitor, seen = self._visitor, set()
        places = visitor.places[len(served)]
        for at in range(bisect_left(places, place), len(places)):
            moment, mask = visitor.rows[places[at]]
            if moment > visitor.moments[place]:
                return
            if places[at] not in served and mask not in seen:
                seen.add(mask)
                yield places[at]

    def _last_of_next(self, step: int) -> int:
        """Return the moment of the last row in time that may serve the step after `step`, or 0."""
        if step + 1 >= len(self._visitor.steps):
            return 0
        places = self._visitor.places[step + 1]
        at = bisect_left(places, bisect_right(self._visitor.moments, self._until))
        return self._visitor.moments[places[at - 1]] if at else 0
