"""The values of the statement that writes traffic: the world's lists, and which piece it is."""

import uuid
from functools import cache
from itertools import pairwise
from urllib.parse import urlsplit

from tests.benchmarks.traffic import world

EARLY = 0.25


def organization_id(number):
    """Return the id of an organization; number 0 is the one with half of all rows."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://shop-{number}.example"))


def of_piece(piece, organizations, visitors):
    """Return every parameter of one piece."""
    steps = len(piece.rhythm) - 1
    known = EARLY + (1 - EARLY) * piece.progress
    return _world(organizations) | {
        "token": piece.name,
        "salt": (piece.seed * 0x9E3779B97F4A7C15 + 1) % 2**64,
        "first": piece.first,
        "count": piece.count,
        "day": piece.day,
        "from": piece.part * steps / piece.parts,
        "step": steps / piece.parts / piece.count,
        "rhythm": list(piece.rhythm),
        "organizations": organizations,
        "visitors": [visitors * known * part for part in shares(organizations)],
    }


@cache
def shares(organizations):
    """Return each organization's share of the traffic."""
    if organizations == 1:
        return (1.0,)
    others = organizations - 1
    edges = [(number / others) ** 0.5 / 2 for number in range(organizations)]
    return (0.5, *(after - before for before, after in pairwise(edges)))


@cache
def _world(organizations):
    entries = world.ENTRIES
    numbers = range(organizations)
    return {
        "ids": [organization_id(number) for number in numbers],
        "hosts": [f"www.shop-{number}.example" for number in numbers],
        "entries": world.slots([entry.weight for entry in entries]),
        "tagged": [int(entry.tagged) for entry in entries],
        "termed": [int(entry.term) for entry in entries],
        "sources": [entry.source for entry in entries],
        "mediums": [entry.medium for entry in entries],
        "channels": [entry.channel for entry in entries],
        "clicks": [entry.click for entry in entries],
        "referrers": [entry.referrer for entry in entries],
        "referring": [urlsplit(entry.referrer).hostname or "" for entry in entries],
        "campaigns": list(world.CAMPAIGNS),
        "terms": list(world.TERMS),
        "contents": list(world.CONTENTS),
        "paths": list(world.PATHS),
        **_table("doings", world.EVENTS, ("names",)),
        **_table("gears", world.DEVICES, ("kinds", "browsers", "systems")),
        **_table("lands", world.COUNTRIES, ("countries", "zones", "currencies")),
    }


def _table(name, rows, columns):
    """Return slots that point into a table of (weight, …) rows, and its columns."""
    weights, *values = zip(*rows, strict=True)
    lists = [list(value) for value in values]
    return {name: world.slots(weights), **dict(zip(columns, lists, strict=True))}
