"""The traffic as a block of numbers: origins by places by devices by hours of the day.

Rules are products of one set on each side of the block, so what one holds is a contraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from discovery.patterns.rules import Rule, Term
from warehouse.language.studies.discovery import DEVICE, HOUR, ORIGIN, PLACE

Floats = NDArray[np.float64]
Masks = tuple[Floats, ...]
ORIGINS, PLACES, DEVICES, HOURS = SIDES = (0, 1, 2, 3)
FIELDS: tuple[tuple[str, ...], ...] = (ORIGIN, PLACE, (DEVICE,), (HOUR,))
DAY = 24
LONGEST_STRETCH = 12
Value = tuple[str, ...] | tuple[int]


@dataclass(frozen=True, slots=True)
class Selector:
    """A set on one side, as the terms that say it and as ones and zeros over its values."""

    terms: Rule
    mask: Floats


@dataclass(frozen=True, slots=True)
class Cube:
    """Visits (visitors of a cell), converting ones among them, and events; and what sides hold."""

    sides: tuple[tuple[Value, ...], ...]
    visits: Floats
    converting: Floats
    events: Floats

    @property
    def whole(self) -> Masks:
        """The sets that leave nothing out."""
        return tuple(np.ones(len(side)) for side in self.sides)


def cube(rows: Sequence[tuple[object, ...]]) -> Cube:
    """Return the block of rows (keys, then cells of hour, events, visitors, converting ones)."""
    keys = [(tuple(row[:3]), tuple(row[3:5]), (row[5],)) for row in rows]
    sides = tuple(tuple(sorted({key[side] for key in keys})) for side in (0, 1, 2))
    places = [{value: at for at, value in enumerate(side)} for side in sides]
    numbers = np.zeros((3, *map(len, sides), DAY))
    for key, row in zip(keys, rows, strict=True):
        at = tuple(place[one] for place, one in zip(places, key, strict=True))
        for hour, events, visits, converting in row[6]:  # type: ignore[attr-defined]
            numbers[(slice(None), *at, hour)] += (visits, converting, events)
    hours = tuple((hour,) for hour in range(DAY))
    visits, converting, events = numbers
    return Cube((*sides, hours), visits, converting, events)  # type: ignore[arg-type]


def held(numbers: Floats, masks: Masks) -> float:
    """Return how much of `numbers` lies in the sets."""
    return float(along(numbers, masks, ORIGINS) @ masks[ORIGINS])


def along(numbers: Floats, masks: Masks, side: int) -> Floats:
    """Return how much of `numbers` each value of a side has within the other sides' sets."""
    for other in reversed(SIDES):
        if other != side:
            numbers = np.tensordot(numbers, masks[other], axes=(other, 0))
    return numbers


def region(masks: Masks) -> Floats:
    """Return the cells that lie in the sets, as ones and zeros."""
    cells: Floats = np.einsum("o,p,d,h->opdh", *masks)
    return cells


def selectors(block: Cube) -> tuple[tuple[Selector, ...], ...]:
    """Return for each side the sets that a rule may name; of equal ones the plainest."""
    origins = [("source",), ("medium",), ("channel",), ("source", "medium")]
    return (
        _named(block, ORIGINS, origins),
        _named(block, PLACES, [("country",), PLACE]),
        _named(block, DEVICES, [(DEVICE,)]),
        _stretches(),
    )


def _named(block: Cube, side: int, combinations: Sequence[tuple[str, ...]]) -> tuple[Selector, ...]:
    found: dict[bytes, Selector] = {}
    for names in combinations:
        picked = [FIELDS[side].index(name) for name in names]
        told = [tuple(value[at] for at in picked) for value in block.sides[side]]
        for wanted in sorted(set(told)):
            mask = np.array([float(one == wanted) for one in told])
            terms = tuple(Term(name, (one,)) for name, one in zip(names, wanted, strict=True))
            found.setdefault(mask.tobytes(), Selector(terms, mask))
    return tuple(one for one in found.values() if not one.mask.all())


def _stretches() -> tuple[Selector, ...]:
    """Return stretches of hours, those that go on past midnight as well."""
    found = []
    for length in range(1, LONGEST_STRETCH + 1):
        for start in range(DAY):
            hours = tuple((start + more) % DAY for more in range(length))
            mask = np.zeros(DAY)
            mask[list(hours)] = 1
            found.append(Selector((Term(HOUR, hours),), mask))
    return tuple(found)


def united(one: Selector, other: Selector) -> Selector | None:
    """Return the set that is either of two, if one term about the same field says it."""
    if len(one.terms) > 1 or len(other.terms) > 1 or one.terms[0].field != other.terms[0].field:
        return None
    values = (*one.terms[0].values, *other.terms[0].values)
    return Selector((Term(one.terms[0].field, values),), np.maximum(one.mask, other.mask))
