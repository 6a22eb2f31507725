"""Rows a second from HTTP to ClickHouse, against a bare Arrow insert of the same rows."""

import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from statistics import median

import httpx

from tests.benchmarks import children
from tests.benchmarks.figures import Ratio, say, show
from tests.live.client import Client
from tests.live.stack import until

ROUNDS = 3
BATCHES = 10
BATCH = 10_000
DAY = datetime(2026, 2, 1, tzinfo=UTC)


def run(stack, slug, token):
    """Print and return the ratio; both sides take turns with the same rows."""
    say(f"Intake: {BATCHES} posts of {BATCH:,} events until all are stored, {ROUNDS} rounds")
    argv = [sys.executable, "-m", "tests.benchmarks.arrow"]
    pipes = {"stdin": -1, "stdout": -1, "text": True}
    client = Client(stack, token)
    ours, bare = [], []
    with children.running(argv, stack.environment(), **pipes) as inserter:
        for number in range(ROUNDS + 1):
            day = DAY + timedelta(days=number)
            batches = [events(day, batch) for batch in range(BATCHES)]
            ours.append(_through_the_door(client, day, batches))
            bare.append(_inserted(inserter, slug, batches))
        inserter.stdin.close()
        inserter.wait(timeout=30)
    client.close()
    # The first round warms both up: connections, columns, the first part on disk.
    for name, rates in (("intake", ours), ("bare Arrow insert", bare)):
        say(f"  {name}: " + ", ".join(f"{rate:,.0f}" for rate in rates[1:]) + " rows/s")
    ratio = Ratio("intake / bare Arrow insert", median(ours[1:]), median(bare[1:]), "rows/s", None)
    show(ratio)
    return ratio


def events(day, batch):
    """Return one batch of events such as a web site sends."""
    dice = random.Random(f"{day} {batch}")
    return [_event(dice, day, batch, number) for number in range(BATCH)]


def _event(dice, day, batch, number):
    at = day + timedelta(milliseconds=dice.randrange(86_400_000))
    return {
        "event_id": f"{day:%Y%m%d}-{batch}-{number}",
        "event_name": dice.choice(("view", "view", "view", "click")),
        "event_time": at.isoformat(),
        "visitor_id": f"visitor-{dice.randrange(5_000)}",
        "session_id": f"session-{dice.randrange(8_000)}",
        "url": f"https://shop.example/products/{dice.randrange(400)}?page={dice.randrange(9)}",
        "referrer": dice.choice(("", "https://www.google.com/", "https://news.example/today")),
        "source": dice.choice(("google", "newsletter", "direct")),
        "medium": dice.choice(("organic", "email", "none")),
        "properties": {"plan": dice.choice(("free", "pro")), "page": str(dice.randrange(40))},
    }


def _through_the_door(client, day, batches):
    bodies = [json.dumps(batch).encode() for batch in batches]
    began = time.perf_counter()
    for body in bodies:
        answer = client.request("POST", "/events", content=body, headers=_JSON)
        if answer.status_code != httpx.codes.ACCEPTED:
            raise AssertionError(answer.text)
    expected = [[BATCHES * BATCH]]
    until(lambda: client.query(_of(day))["rows"] == expected, seconds=120, what="storing")
    return BATCHES * BATCH / (time.perf_counter() - began)


def _of(day):
    date = day.date().isoformat()
    window = {"time_range": {"start": date, "end": date}, "timezone": "UTC"}
    return window | {"metrics": ["events"], "include_bots": True}


def _inserted(inserter, slug, batches):
    """Return the rows a second of the process that inserts into an engine of its own."""
    inserter.stdin.write(json.dumps({"organization": slug, "batches": batches}) + "\n")
    inserter.stdin.flush()
    return BATCHES * BATCH / float(inserter.stdout.readline())


_JSON = {"Content-Type": "application/json"}
