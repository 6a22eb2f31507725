"""What is asked under faults, and the true answers, computed in plain Python from what was sent."""

import itertools
import json
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

DAY = "2026-01-15"
COUNT, BATCH = 12_000, 4_000
SOURCES = ("news", "search", "social", "mail", "friends")
NEVER = itertools.count()
NONCE = uuid.uuid4().hex
PADDING = ("abcdefghij" * 80)[:800]

EVENTS: list[dict[str, Any]] = [
    {
        "event_id": f"e{number}",
        "event_name": "purchase" if number % 40 == 7 else "view",
        "event_time": f"{DAY}T{number % 24:02}:{number % 60:02}:00Z",
        "visitor_id": f"visitor-{number * 7 % 611}",
        "source": SOURCES[number % 5],
        "campaign_id": f"campaign-{number % 3}",
        "properties": {"padding": PADDING},
    }
    | ({"conversion_value": number % 90} if number % 40 == 7 else {})
    for number in range(COUNT)
]


@dataclass(frozen=True, slots=True)
class Question:
    """A report to ask for and the rows it must answer with, in any order."""

    kind: str
    request: dict[str, Any]
    rows: list[list[Any]]
    columns: tuple[str, ...]

    def check(self, result):
        """Fail unless `result` holds exactly the true rows, and says how many there are."""
        names = [column["name"] for column in result["columns"]]
        places = [names.index(name) for name in self.columns]
        found = sorted([[_plain(row[place]) for place in places] for row in result["rows"]])
        assert found == sorted(self.rows), f"{self.request}: {found[:5]} is not {self.rows[:5]}"
        assert result["meta"]["row_count"] == len(self.rows)
        assert not result["meta"]["truncated"]


def send(client):
    """Send all events; they may still be on their way into the store when this returns."""
    for batch in range(0, COUNT, BATCH):
        client.send(EVENTS[batch : batch + BATCH], key=f"{NONCE}-{batch}")


def stored(client):
    """Return whether every event has arrived."""
    return client.query(fresh(metrics=["events"]))["rows"] == [[COUNT]]


def fresh(*filters, **request):
    """Return a request over the day that nobody has asked before."""
    never = {"field": "visitor_id", "operator": "ne", "value": f"{NONCE}-{next(NEVER)}"}
    day = {"time_range": {"start": DAY, "end": DAY}, "timezone": "UTC", "include_bots": True}
    return day | {"filters": [never, *filters]} | request


def by_source(chance):
    """Ask for counts by source within some hours."""
    start = chance.randrange(20)
    kept = [event for event in EVENTS if start <= int(event["event_time"][11:13]) < start + 4]
    request = fresh(dimensions=["source"], metrics=["events", "visitors", "revenue"])
    request["time_range"] = {
        "start": f"{DAY}T{start:02}:00:00Z",
        "end": f"{DAY}T{start + 4:02}:00:00Z",
    }
    return Question(
        "query", request, _rows(kept, "source"), ("source", "events", "visitors", "revenue")
    )


def by_campaign(chance):
    """Ask for a kind of report other than `query`."""
    source = chance.choice(SOURCES)
    kept = [event for event in EVENTS if event["source"] == source]
    request = fresh({"field": "source", "operator": "eq", "value": source})
    request["metrics"] = ["events", "visitors", "revenue"]
    names = ("campaign_id", "events", "visitors", "revenue")
    return Question("campaigns", request, _rows(kept, "campaign_id"), names)


def by_hour(chance):
    """Ask for another kind, with one row for each hour of the day."""
    source = chance.choice(SOURCES)
    request = fresh({"field": "source", "operator": "eq", "value": source}, granularity="hour")
    hours = [[0] for _ in range(24)]
    for event in EVENTS:
        hours[int(event["event_time"][11:13])][0] += event["source"] == source
    return Question("traffic", request, hours, ("events",))


def every_event(chance):
    """Ask for a large answer, which is stored in many pieces."""
    del chance
    request = fresh(dimensions=["event_id", "source"], metrics=["events"], limit=50_000)
    rows = [[event["event_id"], event["source"], 1] for event in EVENTS]
    return Question("query", request, rows, ("event_id", "source", "events"))


def slow(chance, patterns=60):
    """Ask something that keeps the engine busy for a second or more."""
    first = chance.randrange(1, 50)
    leaves = [
        {"field": "properties.padding", "operator": "matches", "value": f"[a-e]{{{n}}}[x-z]"}
        for n in range(first, first + patterns)
    ]
    request = fresh({"not": {"or": leaves}}, metrics=["events"])
    return Question("query", request, [[COUNT]], ("events",))


KINDS: tuple[Callable[..., Question], ...] = (by_source, by_campaign, by_hour, every_event, slow)


def _rows(events, field):
    groups = defaultdict(list)
    for event in events:
        groups[event[field]].append(event)
    return [
        [
            name,
            len(group),
            len({event["visitor_id"] for event in group}),
            sum(Decimal(event.get("conversion_value", 0)) for event in group),
        ]
        for name, group in groups.items()
    ]


def _plain(cell):
    return Decimal(str(cell)) if isinstance(cell, float) else cell


def parse(body):
    """Read a result's bytes."""
    return json.loads(body)
