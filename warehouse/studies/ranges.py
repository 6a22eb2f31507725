"""What models give each touchpoint of one visitor, in time and memory that grow with its events.

Journeys are ranges of touchpoints, which both begin and end later the later they convert: so sums
over them are differences of sums that run along, and no journey holds touchpoints of its own.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise

from warehouse.sql.studies.attribution import UNITS

Range = tuple[int, int]
"""A journey: its first touchpoint, and the one behind its last."""
Span = tuple[int, int, int]
"""From which place to before which, and how much each of these gets."""


def covered(size: int, spans: Iterable[Span]) -> list[int]:
    """Return what each of `size` places gets of all spans."""
    edges = [0] * (size + 1)
    for start, end, amount in spans:
        edges[start] += amount
        edges[end] -= amount
    return list(accumulate(edges[:-1]))


def placed(model: str, journeys: Sequence[Range], direct: Sequence[int]) -> list[list[Span]]:
    """Return which touchpoints of each journey get how much, by a model that looks at places."""
    others = list(accumulate((0 if d else i for i, d in enumerate(direct, 1)), max, initial=0))
    found = []
    for first, last in journeys:
        size, place = last - first, last - 1
        if model == "linear":
            found.append([(first, last, round(1.0 / size * UNITS))])
            continue
        if model == "position_based" and size > 1:
            found.append(_edges(first, last))
            continue
        if model == "first_touch":
            place = first
        elif model == "last_non_direct" and others[last] > first:
            place = others[last] - 1
        found.append([(place, place + 1, UNITS)])
    return found


def _edges(first: int, last: int) -> list[Span]:
    between = last - first - 2
    edge = round((0.4 if between else 0.5) * UNITS)
    middle = [(first + 1, last - 1, round(0.2 / between * UNITS))] if between else []
    return [(first, first + 1, edge), *middle, (last - 1, last, edge)]


def by_value(journeys: Sequence[Range], values: Sequence[str], worth: Sequence[int]) -> list[int]:
    """Return what each touchpoint gets where a journey's distinct values share alike.

    A value's last touchpoint in a journey stands for it. Those journeys for which one does follow
    each other: they end behind it, no later than its value comes again, and do not begin behind it.
    """
    starts, ends = [first for first, _ in journeys], [last for _, last in journeys]
    again: dict[str, int] = {}
    stands = [(0, 0)] * len(values)
    for place in range(len(values) - 1, -1, -1):
        low = bisect_right(ends, place)
        until = bisect_right(ends, again.get(values[place], len(values)))
        stands[place] = (low, max(low, min(bisect_right(starts, place), until)))
        again[values[place]] = place
    kinds = covered(len(journeys), [(low, high, 1) for low, high in stands])
    shares = [round(1.0 / kind * UNITS) * one for kind, one in zip(kinds, worth, strict=True)]
    sums = list(accumulate(shares, initial=0))
    return [sums[high] - sums[low] for low, high in stands]


def decayed(
    journeys: Sequence[Range], at: Sequence[int], half: int, worth: Sequence[int]
) -> list[int]:
    """Return what each touchpoint gets where shares halve with every `half` of age.

    From the last touchpoint back, what the journeys there give is carried on to the one before,
    less by the time between them.
    """
    begun: dict[int, list[int]] = {}
    ended: dict[int, list[int]] = {}
    for number, (first, last) in enumerate(journeys):
        begun.setdefault(first, []).append(number)
        ended.setdefault(last - 1, []).append(number)
    each = [one / total for one, total in zip(worth, _totals(journeys, at, half), strict=True)]
    found, carried = [0] * len(at), 0.0
    for place in range(len(at) - 1, -1, -1):
        carried += sum(each[number] for number in ended.get(place, ()))
        found[place] = round(carried * UNITS)
        for number in begun.get(place, ()):
            carried -= each[number] * 2.0 ** ((at[place] - at[journeys[number][1] - 1]) / half)
        if place:
            carried *= 2.0 ** ((at[place - 1] - at[place]) / half)
    return found


def _totals(journeys: Sequence[Range], at: Sequence[int], half: int) -> list[float]:
    """Return the sum of each journey's weights, of which that of its last touchpoint is 1."""
    waited = [2.0 ** ((one - other) / half) for one, other in pairwise(at)]
    found, total, begin, end = [], 0.0, 0, 0
    for first, last in journeys:
        for place in range(end, last):
            total = total * (waited[place - 1] if place else 0.0) + 1
        for place in range(begin, first):
            total -= 2.0 ** ((at[place] - at[last - 1]) / half)
        found.append(total)
        begin, end = first, last
    return found
