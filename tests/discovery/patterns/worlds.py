"""Invented traffic for discovery: as numbers, and as events; homogeneous, or with something in it.

In a homogeneous world every side of the traffic is independent of the others, and every hour
differs from its like in other days by chance alone.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from discovery.patterns.cube import Cube
from discovery.patterns.rules import Term
from discovery.patterns.series import Bundle, Series, weights

START = datetime(2024, 5, 1, tzinfo=UTC)
DAYS = 30
HOURS = DAYS * 24
PLANTED = 3
RATE, HIGH = 0.03, 0.15


def bundle(seed, *, planted=False, count=40):
    """Return series of all sizes; planted: in the first three a burst of some 20 visits an hour."""
    chance = np.random.default_rng(seed)
    rhythm = 1 + 0.7 * np.sin(np.arange(HOURS) * 2 * np.pi / 24)
    series = []
    for number in range(count):
        mean = 10 ** chance.uniform(-2, 1)
        visits = chance.poisson(mean * rhythm).astype(float)
        if planted and number < PLANTED:
            begin = 300 + number * 50
            visits[begin : begin + 3] += chance.poisson(20 + mean * 6)
        series.append(Series((Term("source", (f"s{number}",)),), visits))
    whole = np.sum([one.visits for one in series], axis=0)
    return Bundle(0, weights(whole), (Series((), whole), *series))


def block(seed, *, planted=0, converts=False, visits=20_000):
    """Return a block of independent sides; planted: so many visits of one kind in the evening."""
    chance = np.random.default_rng(seed)
    sizes = (12, 10, 3, 24)
    shares = [chance.dirichlet(np.ones(size) * 2) for size in sizes]
    numbers = chance.poisson(np.einsum("o,p,d,h->opdh", *shares) * visits).astype(float)
    if planted:
        numbers[3, 2, 1, 18:22] += chance.poisson(planted / 4, 4)
    converting = chance.binomial(numbers.astype(int), RATE).astype(float)
    if converts:
        converting[5] = chance.binomial(numbers[5].astype(int), HIGH)
    sides = (
        tuple((f"s{at}", f"m{at % 4}", f"c{at % 3}") for at in range(sizes[0])),
        tuple((f"C{at // 2}", f"R{at}") for at in range(sizes[1])),
        tuple((f"d{at}",) for at in range(sizes[2])),
        tuple((at,) for at in range(sizes[3])),
    )
    return Cube(sides, numbers, converting, numbers * 2)


BURST = {"source": "forum", "medium": "referral", "country": "US", "device_type": "mobile"}
LASTING = {"source": "news", "medium": "organic", "country": "DE", "device_type": "mobile"}
BURST_BEGINS = START + timedelta(days=12, hours=14)


def events(organization, seed, *, planted=True, count=1_500):
    """Return a month of events; planted: a burst of 80 visitors, and 120 evenings of another."""
    chance = random.Random(seed)
    found: list[dict[str, Any]] = []

    def add(at, who, **more):
        found.append(
            {
                "organization_id": organization,
                "event_time": at,
                "event_id": f"e{len(found)}",
                "visitor_id": who,
                "event_name": "view",
            }
            | more
        )

    for number in range(count):
        at = START + timedelta(seconds=chance.randrange(DAYS * 86_400))
        more = {
            "source": chance.choice(["", "google", "bing", "news"]),
            "medium": "organic",
            "country": chance.choice(["US", "DE", "FR", ""]),
            "device_type": chance.choice(["mobile", "desktop"]),
            "campaign_id": chance.choice(["", "", "c"]),
            "is_bot": int(chance.random() < 0.05),
            "properties": {"plan": chance.choice(["1.5", "pro"])},
        }
        if chance.random() < RATE:
            more |= {"conversion_event": "purchase", "conversion_value": 10}
        add(at, f"v{number}", **more)
        if chance.random() < 0.5:
            add(at + timedelta(seconds=40), f"v{number}", **more)
    for number in range(80 * planted):
        at = BURST_BEGINS + timedelta(seconds=chance.randrange(3 * 3600))
        add(at, f"b{number}", **BURST)
    for number in range(120 * planted):
        hours = chance.randrange(19, 22)
        at = START + timedelta(days=chance.randrange(DAYS), hours=hours)
        add(at, f"n{number}", **LASTING, is_bot=int(number % 10 == 0))
    return found
