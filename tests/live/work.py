"""Work that takes long enough to be struck in its middle: countable events, a slow query."""

import random
import threading
import uuid
from dataclasses import dataclass, field

from tests.live.client import Client

DAY = "2026-01-15"
WINDOW = {"time_range": {"start": DAY, "end": DAY}, "timezone": "UTC", "include_bots": True}
BATCH = 500
HEAVY = 20_000


def events(batch, *, size=BATCH, padding=""):
    """Return `size` events with ids of their own; the ids say which batch they belong to."""
    return [
        {
            "event_id": f"{batch}-{number}",
            "event_name": "view",
            "event_time": f"{DAY}T{number % 24:02}:00:00Z",
            "visitor_id": f"visitor-{number % 50}",
            "properties": {"batch": str(batch), "padding": padding},
        }
        for number in range(size)
    ]


@dataclass
class Sender:
    """Sends batches in a thread of its own and remembers what was accepted."""

    client: Client
    batches: int
    accepted: list[str] = field(default_factory=list)
    failed: list[AssertionError] = field(default_factory=list)
    halfway: threading.Event = field(default_factory=threading.Event)

    def __enter__(self):
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.thread.join(timeout=120)
        assert not self.thread.is_alive()
        assert not self.failed, self.failed

    def _run(self):
        try:
            for batch in range(self.batches):
                self._send(batch)
        except AssertionError as error:
            self.failed.append(error)
        finally:
            self.halfway.set()

    def _send(self, batch):
        rows = events(batch)
        self.client.send(rows, key=f"batch-{batch}")
        self.accepted += [row["event_id"] for row in rows]
        if batch >= self.batches // 3:
            self.halfway.set()


def stored_ids(client):
    """Return how often each event id of the day is stored."""
    asked = WINDOW | {"dimensions": ["event_id"], "metrics": ["events"], "limit": 50_000}
    return dict(client.query(asked)["rows"])


def count(client):
    """Return how many events of the day are stored."""
    [[number]] = client.query(WINDOW | {"metrics": ["events"]})["rows"]
    return number


def fill(client, *, size=5_000, width=1_000):
    """Send `HEAVY` events whose long texts make a query slow; returns how many."""
    letters = random.Random(7).choices("abcdefghij", k=width)
    for batch in range(HEAVY // size):
        client.send(events(batch, size=size, padding="".join(letters)), key=str(uuid.uuid4()))
    return HEAVY


def slow(patterns=100):
    """Return a query over `fill`'s events that looks for `patterns` texts none of them holds."""
    leaves = [
        {"field": "properties.padding", "operator": "matches", "value": f"[a-e]{{{n + 9}}}[x-z]"}
        for n in range(patterns)
    ]
    return WINDOW | {"metrics": ["events"], "filters": [{"not": {"or": leaves}}]}
