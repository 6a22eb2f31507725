"""Gives events that nobody has attributed to campaigns that go on, the first come first."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import compress, islice
from typing import Any

from enrichment.columns import Columns
from enrichment.parcels import Parcel
from warehouse.language.holds import Events
from warehouse.language.standing import StandingRule, StandingRules


class Unclaimed:
    """Those events of an organization's parts that are nobody's and no bots', by column."""

    def __init__(self, parts: Sequence[Columns]) -> None:
        self._rows = [(part, _nobodys(part)) for part in parts]
        self.events = self._events()

    def claim(self, rule: StandingRule) -> None:
        """Give events to a rule's campaign; they are somebody's from then on."""
        found = rule.holding(self.events)
        if True not in found:
            return
        told, left = iter(found), []
        for part, rows in self._rows:
            here = list(islice(told, len(rows)))
            _write(part, list(compress(rows, here)), rule)
            left.append((part, [row for row, given in zip(rows, here, strict=True) if not given]))
        self._rows = left
        self.events = self._events()

    def _events(self) -> Events:
        return Events(self._get, sum(len(rows) for _, rows in self._rows))

    def _get(self, name: str) -> list[Any]:
        found: list[Any] = []
        for part, rows in self._rows:
            column = part.values.get(name)
            found += [None] * len(rows) if column is None else [column[row] for row in rows]
        return found


def nobody(organizations: Collection[str]) -> Mapping[str, Sequence[StandingRule]]:
    """Return no rules: every event stays as it came."""
    return {}


def settle(parcels: Sequence[Parcel], rules: StandingRules) -> None:
    """Give the events of each parcel to the campaigns of its organization; parcels are changed.

    They must be the whole of a group, so that it is asked once which rules stand. A group that is
    stored again meets the same: they change only while no group of the organization is open.
    """
    parts: dict[str, list[Columns]] = defaultdict(list)
    for parcel in parcels:
        parts[parcel.organization_id].append(parcel.columns)
    for organization, found in rules(set(parts)).items():
        give(parts[organization], found)


def give(parts: Sequence[Columns], rules: Sequence[StandingRule]) -> None:
    """Write campaign and assignment into events without a campaign that are no bots'.

    Each rule is asked only about events that those before it have left.
    """
    if not rules:
        return
    unclaimed = Unclaimed(parts)
    for rule in rules:
        if not unclaimed.events.count:
            return
        unclaimed.claim(rule)


def _nobodys(part: Columns) -> list[int]:
    both = zip(part.get("campaign_id"), part.get("is_bot"), strict=True)
    return [row for row, (campaign, bot) in enumerate(both) if not campaign and not bot]


def _write(part: Columns, rows: Sequence[int], rule: StandingRule) -> None:
    told = {"campaign_id": rule.campaign_id, "campaign_assignment": rule.assignment}
    for name, value in told.items() if rows else ():
        column = list(part.get(name))
        for row in rows:
            column[row] = value
        part.values[name] = column
