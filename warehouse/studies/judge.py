"""Finds the best run of one visitor through a funnel, by the definition and whatever the order.

The best run is one that nothing spoils; it gets furthest, then starts earliest, then has the
earliest rows.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from warehouse.language.studies.funnel import ANY, ORDERED, STRICT, Funnel
from warehouse.studies.in_order import Ordered
from warehouse.studies.visitor import Run, Visitor, better, match


def best_run(funnel: Funnel, visitor: Visitor) -> Run:
    """Return the run that counts, or nothing where there is none or all are spoiled."""
    best: Run = ()
    every = sum(set(visitor.steps)) if funnel.order == ANY else visitor.steps[0]
    tried: Callable[[Visitor, int], Run] = {ORDERED: _ordered, STRICT: _strict, ANY: _any}[
        funnel.order
    ]
    for start in visitor.starts(every):
        visitor.watch()
        if best and visitor.moments[start] > best[0] and _hopeless(visitor, best, funnel.order):
            break
        if not (best and funnel.order == ORDERED and _behind(visitor, start, best)):
            best = better(tried(visitor, start), best)
    return best


def _behind(visitor: Visitor, start: int, best: Run) -> bool:
    """Return whether a later start gets no further than `best`, whatever is excluded."""
    moment = visitor.moments[start]
    return moment > best[0] and 1 + len(Ordered(visitor, moment).reach((start,))) <= len(best)


def _hopeless(visitor: Visitor, run: Run, order: str) -> bool:
    """Return whether no later start gets further than `run`."""
    if len(run) == (visitor.most if order == ANY else len(visitor.steps)):
        return True
    if order != ORDERED or visitor.bans:
        return False
    places = visitor.places[len(run)]
    return not places or visitor.moments[places[-1]] < run[-1]


def _ordered(visitor: Visitor, start: int) -> Run:
    return Ordered(visitor, visitor.rows[start][0]).best((start,))


def _any(visitor: Visitor, start: int) -> Run:
    """Return the run from one start: each row that brings one more distinct step, in order.

    How many steps some rows serve, each its own, is a matching; a row adds one step or none. Of
    rows with one mask no more than there are steps can matter.
    """
    moment = visitor.moments[start]
    first = bisect_left(visitor.moments, moment)
    last = bisect_right(visitor.moments, moment + visitor.within)
    later: list[int] = []
    for places in visitor.by_mask.values():
        at = bisect_left(places, first)
        later += [place for place in places[at : at + len(visitor.steps) + 1] if place < last]
    served: dict[int, int] = {}
    run: list[int] = []
    for place in (start, *(one for one in sorted(later) if one != start)):
        if len(run) < visitor.most and match(visitor, place, served, set()):
            run.append(visitor.rows[place][0])
    found = tuple(run)
    return () if visitor.spoiled(found) else found


def _strict(visitor: Visitor, start: int) -> Run:
    """Return the best run of neighbours from one start."""
    begin, end = _moment(visitor, start)
    left = [place for place in range(begin, end) if place != start]
    best: Run = ()
    for run in _neighbours(visitor, (visitor.moments[start],), left, end):
        if not visitor.spoiled(run):
            best = better(run, best)
    return best


def _neighbours(visitor: Visitor, run: Run, left: list[int], after: int) -> Iterator[Run]:
    """Yield the runs that `run` may become, by how the rows of one moment come.

    `left` are rows of the moment it has come to, `after` is where later ones begin. At the moment
    of the start those left may have come before it; later each must serve a step before the run
    can go on to the next moment.
    """
    if len(run) == len(visitor.steps):
        yield run
        return
    bit, seen = visitor.steps[len(run)], set()
    if any(not visitor.rows[place][1] & bit for place in left):
        yield run
    for index, place in enumerate(left):
        moment, mask = visitor.rows[place]
        if mask & bit and mask not in seen:
            seen.add(mask)
            rest = left[:index] + left[index + 1 :]
            yield from _neighbours(visitor, (*run, moment), rest, after)
    if left and visitor.moments[left[0]] != run[0]:
        return
    if after == len(visitor.rows) or visitor.moments[after] > run[0] + visitor.within:
        yield run
        return
    begin, end = _moment(visitor, after)
    yield from _neighbours(visitor, run, list(range(begin, end)), end)


def _moment(visitor: Visitor, place: int) -> tuple[int, int]:
    """Return from where to where rows are of the same moment as the one at `place`."""
    at = visitor.moments[place]
    return bisect_left(visitor.moments, at), bisect_right(visitor.moments, at)
