"""The best run of a visitor of distinct moments, where what is excluded is so from start to end.

Then from each start the earliest later row of each step is best, and what ends a run tells which
starts cannot do better.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from warehouse.studies.visitor import Run

Moments = Sequence[int]


def leap(
    steps: Sequence[Moments],
    bars: Moments,
    within: int,
    before: int | None,
    watch: Callable[[], None],
) -> Run:
    """Return the run that counts, or nothing, leaping from start to start.

    `steps` are the moments that may serve each step, `bars` those that spoil, all sorted; starts
    lie before `before`. Where a run was out of time for a step, so is every start before that
    step's moment less the longest time. Where it was spoiled, so is every start before what
    spoils it.
    """
    best: Run = ()
    start = _from(steps[0], 0)
    while start is not None and (before is None or start < before):
        watch()
        until = start + within
        run, far = _run(steps, start, until)
        bar = _from(bars, start + 1)
        complete = len(run) == len(steps)
        if bar is not None and bar <= until and not (complete and run[-1] <= bar):
            start = _from(steps[0], bar)
            continue
        if len(run) > len(best):
            best = run
        if far is None:
            break
        start = _from(steps[0], far - within)
    return best


def _run(steps: Sequence[Moments], start: int, until: int) -> tuple[Run, int | None]:
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


def _from(moments: Moments, begin: int) -> int | None:
    """Return the first of the sorted moments that is not before `begin`."""
    at = bisect_left(moments, begin)
    return moments[at] if at < len(moments) else None
