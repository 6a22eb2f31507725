"""What turning a question into its statement takes, for new shapes and for shapes seen before."""

import random
from datetime import date, timedelta
from statistics import median

import orjson

from tests.benchmarks.analysis.turns import milliseconds
from tests.benchmarks.asking import compiled
from tests.benchmarks.figures import Figure, say, show

MANY = 300
DIMENSIONS = ("source", "medium", "channel", "campaign_id", "country", "browser", "os", "path")
METRICS = ("events", "visitors", "sessions", "page_views", "clicks", "conversions", "revenue")
GRANULARITIES = (None, "hour", "day", "week", "month")
ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York")
FIRST = date(2026, 1, 1)


def run(asker):
    """Print and return the median time of both; reading the request is not counted."""
    say(f"Compiling a question, {MANY} of each")
    chance = random.Random(1)
    shapes = [asker.query(_shape(chance)) for _ in range(MANY)]
    alike = [asker.query(_alike(chance)) for _ in range(MANY)]
    cold = median(milliseconds(lambda one=one: compiled(one)) for one in shapes)
    compiled(alike[0])
    warm = median(milliseconds(lambda one=one: compiled(one)) for one in alike)
    figures = [
        Figure("compiling a question of a new shape", cold, "ms", 2.0),
        Figure("compiling a question of a shape seen before", warm, "ms", 0.1),
    ]
    for figure in figures:
        show(figure)
    return figures


def _shape(chance):
    """Return a question that hardly another one is like."""
    dimensions = chance.sample(DIMENSIONS, chance.randint(1, 4))
    fields = chance.sample(DIMENSIONS, chance.randint(0, 3))
    filters = [{"field": name, "operator": "in", "values": ["a", "b"]} for name in fields]
    asked = {
        "dimensions": dimensions,
        "metrics": chance.sample(METRICS, chance.randint(1, 5)),
        "granularity": chance.choice(GRANULARITIES),
        "filters": [{"or": filters}] if filters and chance.random() < 0.5 else filters,
        "timezone": chance.choice(ZONES),
    }
    return orjson.dumps(asked | _window(chance))


def _alike(chance):
    """Return a question like all others of this kind, about something else."""
    value = f"campaign-{chance.randrange(10**6)}"
    asked = {
        "dimensions": ["source", "medium"],
        "metrics": ["events", "visitors", "revenue"],
        "granularity": "day",
        "filters": [{"field": "campaign_id", "operator": "eq", "value": value}],
        "timezone": "Europe/Berlin",
    }
    return orjson.dumps(asked | _window(chance))


def _window(chance):
    start = FIRST + timedelta(days=chance.randrange(30))
    end = start + timedelta(days=chance.randint(20, 60))
    return {"time_range": {"start": start.isoformat(), "end": end.isoformat()}}
