"""Reads what is asked of discovery, noting every fault by its field."""

from datetime import datetime

from warehouse.language.body import Body
from warehouse.language.filters import MOST_LEAVES
from warehouse.language.query import Query, leaves
from warehouse.language.studies.discovery import PARTS, Discovery

FIELDS = ("min_traffic", "max_patterns", "include")
TRAFFIC, MOST_TRAFFIC = 10, 1_000_000_000
PATTERNS, MOST_PATTERNS = 20, 100
OWN_LEAVES = 20
"""How many comparisons a rule has at most beside the filters of the question."""


def read(body: Body, query: Query, now: datetime) -> Discovery:
    """Return what `body` asks; its faults are noted."""
    if sum(1 for one in query.where for _ in leaves(one)) > MOST_LEAVES - OWN_LEAVES:
        detail = f"At most {MOST_LEAVES - OWN_LEAVES} comparisons: a rule adds some of its own."
        body.faults.add("filters", "too-many", detail)
    return Discovery(
        span=query.window,
        min_traffic=body.whole("min_traffic", TRAFFIC, 1, MOST_TRAFFIC),
        max_patterns=body.whole("max_patterns", PATTERNS, 1, MOST_PATTERNS),
        include=body.names("include", dict.fromkeys(PARTS, True).get, PARTS) or PARTS,
    )
