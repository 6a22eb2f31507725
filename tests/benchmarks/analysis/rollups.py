"""Rollups against the raw events: the same questions of both, in zones that need other tables."""

import orjson

from tests.benchmarks.analysis.by_hand import MONTH
from tests.benchmarks.analysis.turns import turns
from tests.benchmarks.asking import table_of
from tests.benchmarks.figures import Ratio, say, show

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata")
ADDITIVE = ["events", "page_views", "conversions", "revenue"]
# Unique counts of a rollup may be off by this much and be right.
TOLERANCE = 0.03
ROUNDS = 5


def run(asker):
    """Print and return how many times faster a rollup answers; nothing where none does yet."""
    say("Rollups against raw events: a month by day and source")
    ratios = []
    for zone in ZONES:
        ratios += _of(asker, zone, "sums", ADDITIVE, 20.0)
        ratios += _of(asker, zone, "sums and visitors", [*ADDITIVE, "visitors"], 5.0)
    return ratios


def body(metrics, zone="UTC", span=None):
    """Return a question by day and source."""
    asked = {"metrics": metrics, "dimensions": ["source"], "granularity": "day"}
    return orjson.dumps(asked | {"timezone": zone, "time_range": span or MONTH, "limit": 50_000})


def _of(asker, zone, name, metrics, aim):
    question = body(metrics, zone)
    raw, rolled = asker.answer(question, raw=True), asker.answer(question)
    if table_of(rolled) == table_of(raw):
        say(f"  {name}, {zone}: no rollup answers this yet, both read {table_of(raw)}")
        return []
    check(raw, rolled)
    slow, quick = turns(
        lambda: asker.answer(question, raw=True), lambda: asker.answer(question), ROUNDS
    )
    named = f"raw / {table_of(rolled)}: {name}, {zone}"
    ratio = Ratio(named, slow, quick, "ms", aim)
    show(ratio)
    return [ratio]


def check(raw, rolled):
    """Raise AssertionError unless both answers say the same; unique counts may be off a little."""
    one, other = orjson.loads(raw), orjson.loads(rolled)
    names = [column["name"] for column in one["columns"]]
    keys = sum(column["role"] == "dimension" for column in one["columns"])
    found = {tuple(row[:keys]): row for row in other["rows"]}
    if len(found) != len(one["rows"]):
        raise AssertionError(f"{len(one['rows'])} rows of raw events, {len(found)} of a rollup")
    for row in one["rows"]:
        for name, mine, theirs in zip(names, row, found[tuple(row[:keys])], strict=True):
            near = name == "visitors" and abs(mine - theirs) <= max(1, mine * TOLERANCE)
            if mine != theirs and not near:
                raise AssertionError(f"{name} of {row}: the rollup says {theirs}")
