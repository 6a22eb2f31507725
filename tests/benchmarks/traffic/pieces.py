"""Cuts traffic into pieces as life brings it: week by week, or a busy day in several parts.

A layer is the whole span of days once; a larger set is made of the layers of the smaller ones and
one more, so that a set can grow.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from tests.benchmarks.traffic.world import HOURS, WEEKDAYS

EVENTS_A_SESSION = 4.0
MOST_SESSIONS = 250_000
BUSY = 250_000
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
GROWTH = 0.6
STEPS_AN_HOUR = 8
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Piece:
    """Sessions `first` to `first + count`: one part of the days from `day` on.

    `rhythm` says at which millisecond each equal share of those days' sessions has begun, and
    `progress` how far the whole span of days has come.
    """

    seed: int
    layer: int
    day: int
    part: int
    parts: int
    first: int
    count: int
    progress: float
    rhythm: tuple[float, ...]

    @property
    def name(self):
        """Return what this piece is known by."""
        return f"{self.seed}-{self.layer}-{self.day}-{self.part}"


def pieces(layer, rows, days, seed):
    """Yield the pieces of a layer of about `rows` events, in the order of time."""
    weights = [_weight(number, days, seed) for number in range(days)]
    unit = rows / EVENTS_A_SESSION / sum(weights)
    width = 1 if rows / days > BUSY else 7
    first = layer * 10**12
    for number in range(0, days, width):
        several = weights[number : number + width]
        sessions = max(1, round(sum(several) * unit))
        parts = -(-sessions // MOST_SESSIONS)
        day = round((FIRST_DAY + timedelta(days=number)).timestamp() * 1000)
        beats = rhythm(several, day)
        for part in range(parts):
            count = sessions * (part + 1) // parts - sessions * part // parts
            yield Piece(seed, layer, day, part, parts, first, count, number / days, beats)
            first += count


def rhythm(weights, begin):
    """Return when each of many equal shares of the sessions of some days has begun."""
    hours = [weight * hour for weight in weights for hour in HOURS]
    total = sum(hours)
    reached = [0.0, *accumulate(hour / total for hour in hours)]
    steps = len(hours) * STEPS_AN_HOUR
    hour, edges = 0, []
    for step in range(steps + 1):
        share = step / steps
        while hour < len(hours) - 1 and reached[hour + 1] < share:
            hour += 1
        within = (share - reached[hour]) / (reached[hour + 1] - reached[hour])
        edges.append(begin + (hour + min(within, 1)) * HOUR_MS)
    return tuple(edges)


def _weight(number, days, seed):
    """Return a day's traffic: growing, weekly, and never quite the same."""
    day = FIRST_DAY + timedelta(days=number)
    chance = random.Random(f"{seed} {number}")
    return (1 + GROWTH * number / days) * WEEKDAYS[day.weekday()] * chance.uniform(0.92, 1.08)
