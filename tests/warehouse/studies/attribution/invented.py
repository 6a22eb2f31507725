"""Invents many small histories of visitors, full of ties, edges and repetitions."""

import random
from datetime import timedelta
from decimal import Decimal

from tests.warehouse.asking import NOON

CHANNELS = ["", "Direct", "direct", "Email", "Paid Search", "Display"]
HOURS = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
# Around the lookback of two days, the gap between sessions, and the window's edges.
EDGES = [timedelta(days=2), timedelta(minutes=30), timedelta(days=1), timedelta(0), timedelta(0)]
RECEIVED = NOON + timedelta(days=10)


def visitor(dice, number):
    """Return the events of one visitor, or of two who share a session."""
    moment = NOON + timedelta(days=dice.randint(-3, 3))
    events = []
    for place in range(dice.randint(1, 7)):
        if dice.random() < 0.7:
            moment += dice.choice(EDGES) + dice.choice([-MILLISECOND, 0 * HOURS, MILLISECOND])
        else:
            moment += dice.choice([-30, -3, 1, 5, 20]) * HOURS
        events.append(event(dice, f"v{number}", moment) | {"event_id": f"{number}-{place}"})
    for one in events:
        one["properties"] = {"own": f"{one['visitor_id']} {one['channel']}"}
    dice.shuffle(events)
    return events


def event(dice, name, moment):
    converts = dice.random() < 0.35
    return {
        "event_time": moment,
        "received_at": RECEIVED + dice.choice([0, 0, 1, 2]) * MILLISECOND,
        "visitor_id": dice.choice([name] * 12 + [f"{name}b", ""]),
        "session_id": dice.choice(["", "", f"s{name}", f"t{name}"]),
        "channel": dice.choice(CHANNELS),
        "source": dice.choice(["", "", "google"]),
        "campaign_id": dice.choice([""] * 5 + ["summer"]),
        "term": dice.choice([""] * 9 + ["shoes"]),
        "click_id": dice.choice([""] * 9 + ["c1"]),
        "is_bot": int(dice.random() < 0.06),
        "conversion_event": dice.choice(["purchase", "signup"]) if converts else "",
        "conversion_value": dice.choice([0, 1, Decimal("0.01"), Decimal("99.9999"), Decimal(-7)])
        if converts
        else 0,
    }


def histories(seed, count):
    """Return the events of many visitors, the same for the same seed."""
    dice = random.Random(seed)
    return [one for number in range(count) for one in visitor(dice, number)]
