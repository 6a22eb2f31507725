"""From the steps of all journeys to what each model credits to each value, as exact numbers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from warehouse.language.studies.attribution import CHAIN
from warehouse.sql.studies.attribution import CONVERTED, LOST, ONWARD, UNITS, UNTOUCHED
from warehouse.studies.chain import Chain

MOST_STATES = 200
"""For how many values the chain is exact; the most frequent have a state each."""

Key = tuple[str, str, int]
Steps = Mapping[Key, Sequence[int]]
"""By value, next value and ending: how many steps, how many of them begin a journey, the revenue
of those that end one in a conversion, and of each model in turn its credit and that of revenue."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Conversions, and revenue in ten-thousandths."""

    conversions: Fraction
    revenue: Fraction

    def __add__(self, other: "Amounts") -> "Amounts":
        return Amounts(self.conversions + other.conversions, self.revenue + other.revenue)

    def times(self, share: Fraction) -> "Amounts":
        """Return a share of both."""
        return Amounts(self.conversions * share, self.revenue * share)


NOTHING = Amounts(Fraction(0), Fraction(0))
Credits = dict[str, Amounts]


def ended(steps: Steps, *endings: int) -> Amounts:
    """Return the conversions that end in one of these ways."""
    rows = [row for (_, _, ending), row in steps.items() if ending in endings]
    return Amounts(Fraction(sum(row[0] for row in rows)), Fraction(sum(row[2] for row in rows)))


def total(steps: Steps) -> Amounts:
    """Return all conversions."""
    return ended(steps, CONVERTED, UNTOUCHED)


def by_model(models: Sequence[str], steps: Steps) -> Iterator[Credits]:
    """Yield each model's credit by value; '' has also what nothing touched."""
    rules = [model for model in models if model != CHAIN]
    for model in models:
        yield _chained(steps) if model == CHAIN else _ruled(steps, 3 + 2 * rules.index(model))


def _ruled(steps: Steps, place: int) -> Credits:
    found: dict[str, list[int]] = {}
    for (value, _, _), row in steps.items():
        one = found.setdefault(value, [0, 0])
        one[0] += row[place]
        one[1] += row[place + 1]
    return {
        value: Amounts(Fraction(conversions, UNITS), Fraction(revenue, UNITS))
        for value, (conversions, revenue) in found.items()
    }


def seen(steps: Steps) -> dict[str, int]:
    """Return how often each value was a touchpoint in a journey, the most frequent first."""
    found: dict[str, int] = {}
    for (value, _, ending), row in steps.items():
        if ending != UNTOUCHED:
            found[value] = found.get(value, 0) + row[0]
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _chained(steps: Steps) -> Credits:
    """Return shares of the removal effects; rare values share their one state's by frequency."""
    often = seen(steps)
    places = {value: min(rank, MOST_STATES) for rank, value in enumerate(often)}
    effects = _chain(steps, places).effects()
    rest = sum(count for value, count in often.items() if places[value] == MOST_STATES)
    weights = {
        value: Fraction(effects[place])
        * (Fraction(often[value], rest) if place == MOST_STATES else 1)
        for value, place in places.items()
    }
    whole, touched = sum(weights.values()), ended(steps, CONVERTED)
    found = {value: touched.times(weight / whole) for value, weight in weights.items() if whole}
    found[""] = found.get("", NOTHING) + ended(steps, UNTOUCHED)
    return found


def _chain(steps: Steps, places: Mapping[str, int]) -> Chain:
    chain = Chain(max(places.values(), default=-1) + 1)
    for (value, after, ending), row in steps.items():
        if ending == UNTOUCHED:
            continue
        here = places[value]
        chain.begun[here] += row[1]
        if ending == ONWARD:
            chain.steps[here][places[after]] += row[0]
        elif ending == CONVERTED:
            chain.converted[here] += row[0]
        elif ending == LOST:
            chain.lost[here] += row[0]
    return chain
