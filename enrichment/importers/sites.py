"""Finds out which site an access log is of: its lines name paths only, its referrers know more.

Without it every click from one page of the site to the next would count as a referral.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from enrichment.addresses import cut, site
from enrichment.importers.rows import Row

LOOKED_AT = 5_000
ENOUGH = 20


def named(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows with the site put before each path, if the first rows tell which it is."""
    first = list(islice(rows, LOOKED_AT))
    origin = own_origin(first)
    for row in chain(first, rows):
        if origin and row.event and row.event["url"].startswith("/"):
            row.event["url"] = origin + row.event["url"]
        yield row


def own_origin(rows: list[Row]) -> str:
    """Return scheme and host of the referrers whose paths were asked for here; empty if unclear."""
    events = [row.event for row in rows if row.event]
    paths = {cut(event["url"]).path for event in events} - {"/"}
    inner = Counter(
        "/".join(event["referrer"].split("/", 3)[:3])
        for event in events
        if event.get("referrer") and cut(event["referrer"]).path in paths
    )
    hosts: Counter[str] = Counter()
    for origin, count in inner.items():
        hosts[site(cut(origin).hostname)] += count
    [(host, count)] = hosts.most_common(1) or [("", 0)]
    if not host or count < ENOUGH or count * 2 < hosts.total():
        return ""
    return next(origin for origin, _ in inner.most_common() if site(cut(origin).hostname) == host)
