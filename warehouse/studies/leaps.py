"""The best run of a visitor of distinct moments, where what is excluded is so from start to end.

Then from each start the earliest later row of each step is best, and what ends a run tells which
starts cannot do better.
"""

from bisect import bisect_left, bisect_right

from warehouse.studies.visitor import Run, Visitor


def plain(visitor: Visitor) -> bool:
    """Return whether a visitor's rows and bans are such that `leap` is right."""
    whole = (0, len(visitor.steps) - 1)
    return len(set(visitor.moments)) == len(visitor.moments) and all(
        (ban.first, ban.last) == whole for ban in visitor.bans
    )


def leap(visitor: Visitor) -> Run:
    """Return the run that counts, or nothing, leaping from start to start.

    Where a run was out of time for a step, so is every start before that step's row less the
    longest time. Where it was spoiled, so is every start before what spoils it.
    """
    steps = [[visitor.moments[place] for place in places] for places in visitor.places]
    bars = sorted(moment for ban in visitor.bans for moment in ban.moments)
    best: Run = ()
    begin = 0
    while (start := _from(steps[0], begin)) is not None and _may_start(visitor, start):
        visitor.watch()
        until = start + visitor.within
        run, far = _run(steps, start, until)
        bar = _from(bars, start + 1)
        complete = len(run) == len(steps)
        if bar is not None and bar <= until and not (complete and run[-1] <= bar):
            begin = bar
            continue
        if len(run) > len(best):
            best = run
        if far is None:
            break
        begin = far - visitor.within
    return best


def _run(steps: list[list[int]], start: int, until: int) -> tuple[Run, int | None]:
    """Return the run from a start, and when its next step happens if that is out of time."""
    run = [start]
    for moments in steps[1:]:
        at = bisect_right(moments, run[-1])
        if at == len(moments):
            break
        if moments[at] > until:
            return tuple(run), moments[at]
        run.append(moments[at])
    return tuple(run), None


def _from(moments: list[int], begin: int) -> int | None:
    """Return the first of the sorted moments that is not before `begin`."""
    at = bisect_left(moments, begin)
    return moments[at] if at < len(moments) else None


def _may_start(visitor: Visitor, start: int) -> bool:
    return visitor.starts_before is None or start < visitor.starts_before
