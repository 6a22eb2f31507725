"""From what a sender said to what is stored: passes over the columns of one batch, in order.

A pass only fills what the sender left out. Place, device, fraud and quality are further passes.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from enrichment import addresses, visitors
from enrichment.bots import is_bot
from enrichment.campaigns import Origin, origin
from enrichment.channel import channel
from enrichment.columns import Columns

VIEWS = frozenset({"view", "page_view", "pageview"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a pass may know besides the events: whose they are, and what these want kept."""

    salt: bytes
    store_ip: bool = False


Pass = Callable[[Columns, Context], None]


def run(columns: Columns, context: Context) -> Columns:
    """Return the batch's columns after every pass; the given ones are changed."""
    for step in PASSES:
        step(columns, context)
    return columns


def _pages(columns: Columns, _: Context) -> None:
    parts = [addresses.cut(url) if url else addresses.EMPTY for url in columns.get("url")]
    columns.values["hostname"] = [part.hostname for part in parts]
    columns.values["path"] = [part.path for part in parts]
    columns.values["referrer_host"] = [
        addresses.cut(referrer).hostname if referrer else "" for referrer in columns.get("referrer")
    ]


def _views(columns: Columns, _: Context) -> None:
    columns.values["page_views"] = [
        views if views is not None else int(name in VIEWS)
        for views, name in zip(columns.get("page_views"), columns.get("event_name"), strict=True)
    ]


def _origins(columns: Columns, _: Context) -> None:
    found = [
        origin(url or "", referrer or "")
        for url, referrer in zip(columns.get("url"), columns.get("referrer"), strict=True)
    ]
    said = columns.get("source")
    for place, name in enumerate(Origin._fields):
        given = columns.get(name)
        columns.values[name] = [
            value if value is not None else _inferred(where, place, source)
            for value, where, source in zip(given, found, said, strict=True)
        ]


def _inferred(where: Origin, place: int, source: str | None) -> str:
    """Return a part of the origin; a medium only beside its own source, never the sender's."""
    if place == 1 and source is not None and source != where.source:
        return ""
    return where[place]


def _channels(columns: Columns, _: Context) -> None:
    columns.values["channel"] = [
        given if given is not None else channel(source, medium)
        for given, source, medium in zip(
            columns.get("channel"), columns.get("source"), columns.get("medium"), strict=True
        )
    ]


def visitors_of(columns: Columns, context: Context) -> list[str]:
    """Return whose each event is: as the sender says, or by day, address and agent."""

    @cache
    def named(day: int, ip: str, agent: str) -> str:
        return visitors.visitor(context.salt, visitors.day_of(day * visitors.DAY_MS), ip, agent)

    return [
        given if given is not None else named(time // visitors.DAY_MS, ip or "", agent or "")
        for given, time, ip, agent in zip(
            columns.get("visitor_id"),
            columns.get("event_time"),
            columns.get("ip"),
            columns.get("user_agent"),
            strict=True,
        )
    ]


def _visitors(columns: Columns, context: Context) -> None:
    columns.values["visitor_id"] = visitors_of(columns, context)


def _robots(columns: Columns, _: Context) -> None:
    columns.values["is_bot"] = [
        int(is_bot(agent)) if agent else 0 for agent in columns.get("user_agent")
    ]


def _conversions(columns: Columns, _: Context) -> None:
    """Make a purchase with a value a conversion, and date every conversion."""
    amounts = columns.get("conversion_value")
    columns.values["conversion_event"] = events = [
        _converted(given, name, amount)
        for given, name, amount in zip(
            columns.get("conversion_event"), columns.get("event_name"), amounts, strict=True
        )
    ]
    columns.values["conversion_time"] = [
        given if given is not None else (time if event else None)
        for given, event, time in zip(
            columns.get("conversion_time"), events, columns.get("event_time"), strict=True
        )
    ]


def _converted(given: str | None, name: str, amount: int | None) -> str:
    if given is not None:
        return given
    return "purchase" if name == "purchase" and amount is not None else ""


def _forget(columns: Columns, context: Context) -> None:
    """Drop the raw address: it was for enrichment only, unless the organization wants it kept."""
    if not context.store_ip:
        columns.values.pop("ip", None)


PASSES: tuple[Pass, ...] = (
    _pages, _views, _origins, _channels, _visitors, _robots, _conversions, _forget,
)  # fmt: skip
