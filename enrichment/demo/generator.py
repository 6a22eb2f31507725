"""Plays the invented shop: visits by the hour, returning visitors, robots and untagged bursts.

An hour depends on the seed and the hour alone, and every event has an id made of both: whoever
plays it again, until a later end, invents the same events, which the intake knows for repeats.
"""

import math
import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from enrichment.demo import visits, world
from enrichment.demo.visits import Event, Visit
from enrichment.demo.world import Entry

VISITS_AN_HOUR = 40
ROBOTS_AN_HOUR = 2
REGULARS = 3_000
RETURNING = 0.35
BURST_A_DAY = 0.2
HOUR = timedelta(hours=1)


def hours(*, end: datetime, days: int, seed: int) -> Iterator[list[Event]]:
    """Yield, hour by hour, the events of the `days` days before `end`, ready to be posted."""
    start = end - timedelta(days=days)
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour <= end:
        yield [
            {**event, "event_time": event["event_time"].isoformat()}
            for event in _of_hour(hour, seed)
            if start <= event["event_time"] <= end
        ]
        hour += HOUR


def _of_hour(hour: datetime, seed: int) -> list[Event]:
    chance = random.Random(f"{seed} {hour.isoformat()}")  # noqa: S311  a story, not a secret
    events: list[Event] = []
    for entry in _entries(hour, seed, chance):
        name = f"{hour:%Y%m%d%H}-{len(events)}"
        at = hour + timedelta(milliseconds=chance.randrange(3_600_000))
        events += Visit(_person(name, seed, chance), f"s-{name}", at, chance).play(entry)
    for _ in range(_about(ROBOTS_AN_HOUR, chance)):
        robot = visits.Person("", chance.choice(world.BOTS), visits.address(chance))
        at = hour + timedelta(milliseconds=chance.randrange(3_600_000))
        events += visits.crawl(robot, at, chance)
    for number, event in enumerate(events):
        event["event_id"] = f"demo-{seed}-{hour:%Y%m%d%H}-{number}"
    return sorted(events, key=lambda event: event["event_time"])


def _entries(hour: datetime, seed: int, chance: random.Random) -> list[Entry]:
    """Return how each visit of the hour comes in, those of a burst last."""
    swell = 1 + 0.15 * math.sin(hour.toordinal() / 5)
    rhythm = world.HOURS[hour.hour] * world.WEEKDAYS[hour.weekday()] * swell
    weights = [entry.weight for entry in world.ENTRIES]
    usual = chance.choices(world.ENTRIES, weights, k=_about(VISITS_AN_HOUR * rhythm, chance))
    burst = _burst(hour, seed)
    return usual + ([burst] * chance.randint(60, 110) if burst else [])


def _burst(hour: datetime, seed: int) -> Entry | None:
    """Return the burst that runs in this hour, if the day has one."""
    chance = random.Random(f"{seed} burst {date.fromordinal(hour.toordinal())}")  # noqa: S311
    begin, length = chance.randint(6, 20), chance.randint(2, 3)
    runs = chance.random() < BURST_A_DAY and begin <= hour.hour < begin + length
    return chance.choice(world.BURSTS) if runs else None


def _person(name: str, seed: int, chance: random.Random) -> visits.Person:
    """Return a regular, some of whom come far more often than others, or somebody new."""
    if chance.random() < RETURNING:
        name = f"r{int(REGULARS * chance.random() ** 2)}"
    own = random.Random(f"{seed} person {name}")  # noqa: S311
    return visits.person(f"v-{name}", own)


def _about(mean: float, chance: random.Random) -> int:
    """Return a count that is `mean` on average."""
    return max(0, round(chance.gauss(mean, math.sqrt(mean))))
