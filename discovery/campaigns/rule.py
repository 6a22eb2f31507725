"""What a campaign's rule may say, and the question that counts the events it tells.

A rule is about single events as they are stored: neither metrics nor what is told of whole sessions
can be compared. A rule that goes on is also told of events that come, in plain Python.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from discovery.models import Campaign
from warehouse.exceptions import InvalidRequest
from warehouse.language import catalog, filters, holds, zones
from warehouse.language.faults import Faults
from warehouse.language.fields import SESSION
from warehouse.language.query import Condition, Leaf, Query, Supposed, Window, leaves

METRICS = ("events", "visitors", "conversions", "revenue")
"""What is told of the events of a rule."""
MOST_ONGOING = 20
"""How many comparisons a rule may have that is told of every event that comes."""
MOST_STANDING = 100
"""How many all rules of an organization may have together that are told so."""
UNATTRIBUTED = Leaf("campaign_id", "is_null")
OF_EVENTS = {
    "landing_page": "path",
    "exit_page": "path",
    "session_source": "source",
    "session_medium": "medium",
    "session_channel": "channel",
    "session_campaign_id": "campaign_id",
}
"""What an event has of its own in the place of a field of its session."""
Told = tuple[str, Mapping[str, Any]]


def check(given: object, zone: str, faults: Faults, *, ongoing: bool) -> None:
    """Note at its path whatever is wrong with a rule; to be called while nothing else is."""
    found = filters.Parser(zone, faults).parse(given)
    if faults:
        return
    told = list(_told(given, "filters"))
    if not told:
        faults.add("filters", "required", "Say which events: a rule has a comparison at least.")
    _check_fields(told, faults)
    if not ongoing or faults:
        return
    if len(told) > MOST_ONGOING:
        detail = f"One that is ongoing compares at most {MOST_ONGOING} times: every event is asked."
        faults.add("filters", "too-many", detail)
    _check_tellable(told, found.where, faults)


def conditions(campaign: Campaign) -> tuple[Condition, ...]:
    """Return what must hold of an event; raises `InvalidRequest` if that is understood no more."""
    faults = Faults()
    found = filters.Parser(campaign.timezone, faults).parse(campaign.filters)
    faults.raise_any()
    return tuple(found.where)


def standing(campaign: Campaign) -> tuple[Condition, ...]:
    """Return the same of one that goes on.

    Raises `InvalidRequest` also for what cannot be told of events before they are stored: the rule
    was accepted by the version of its day, and this one may refuse it.
    """
    faults = Faults()
    if campaign.timezone not in zones.names():
        raise InvalidRequest(f"{campaign.timezone} is no time zone here.")
    found = filters.Parser(campaign.timezone, faults).parse(campaign.filters)
    faults.raise_any()
    told = list(_told(campaign.filters, "filters"))
    _check_fields(told, faults)
    faults.raise_any()
    _check_tellable(told, found.where, faults)
    faults.raise_any()
    return tuple(found.where)


def comparisons(campaign: Campaign) -> int:
    """Return how many comparisons the rule has."""
    return sum(1 for _ in _told(campaign.filters, "filters"))


def question(campaign: Campaign, until: datetime) -> Query:
    """Return the question for what the events amount to that the campaign would be given.

    `until` is the end of what is stored: one that goes on has no end of its own.
    """
    end = max(campaign.end, until) if campaign.ongoing else campaign.end
    return Query(
        organization=str(campaign.organization_id),
        window=Window(campaign.start, end),
        timezone=campaign.timezone,
        metrics=METRICS,
        where=(UNATTRIBUTED, *conditions(campaign)),
        exact=True,
    )


def supposed(campaign: Campaign, until: datetime) -> Supposed:
    """Return what events would be if the campaign were applied."""
    window = question(campaign, until).window
    return Supposed(campaign.campaign_id, window, conditions(campaign))


def _told(given: object, path: str) -> Iterator[Told]:
    """Yield every comparison of filters that were understood, with its path."""
    if isinstance(given, list):
        for index, member in enumerate(given):
            yield from _told(member, f"{path}[{index}]")
    elif isinstance(given, Mapping):
        joint = next((name for name in filters.JOINTS if name in given), None)
        if joint is None:
            yield path, given
        else:
            yield from _told(given[joint], f"{path}.{joint}")


def _check_fields(told: Sequence[Told], faults: Faults) -> None:
    for path, leaf in told:
        _check_field(path, leaf["field"], faults)


def _check_tellable(told: Sequence[Told], where: Iterable[Condition], faults: Faults) -> None:
    """Note each comparison that cannot be made of events before they are stored."""
    compared = [leaf for condition in where for leaf in leaves(condition)]
    for (path, _), one in zip(told, compared, strict=True):
        if refused := holds.refusal(one):
            detail = f"{refused} Or let the campaign not be ongoing."
            faults.add(f"{path}.field", "unsuitable", detail)


def _check_field(path: str, name: str, faults: Faults) -> None:
    field = catalog.field(name)
    if name in catalog.METRICS:
        detail = "A metric is of many events and cannot tell one: compare a field of events."
        faults.add(f"{path}.field", "unsuitable", detail)
    elif field and field.scope == SESSION:
        detail = f"{name} is told of a whole session: compare the event's own {OF_EVENTS[name]}."
        faults.add(f"{path}.field", "unsuitable", detail)
