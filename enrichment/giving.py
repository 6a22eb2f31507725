"""Gives events that nobody has attributed to campaigns that go on, the first come first."""

from collections.abc import Collection, Mapping, Sequence

from enrichment.columns import Columns
from enrichment.parcels import Parcel
from warehouse.language.standing import StandingRule, StandingRules


def nobody(organizations: Collection[str]) -> Mapping[str, Sequence[StandingRule]]:
    """Return no rules: every event stays as it came."""
    return {}


def settle(parcels: Sequence[Parcel], rules: StandingRules) -> None:
    """Give the events of each parcel to the campaigns of its organization; parcels are changed.

    They must be the whole of a group, so that it is asked once which rules stand. A group that is
    stored again meets the same: they change only while no group of the organization is open.
    """
    found = rules({parcel.organization_id for parcel in parcels})
    for parcel in parcels:
        give(parcel.columns, found.get(parcel.organization_id, ()))


def give(columns: Columns, rules: Sequence[StandingRule]) -> None:
    """Write campaign and assignment into events without a campaign that are no bots'."""
    if not rules:
        return
    campaigns = list(columns.get("campaign_id"))
    assignments = [""] * columns.count
    bots = columns.get("is_bot")
    for rule in rules:
        for index, given in enumerate(rule.holding(columns.get, columns.count)):
            if given and not campaigns[index] and not bots[index]:
                campaigns[index], assignments[index] = rule.campaign_id, rule.assignment
    columns.values |= {"campaign_id": campaigns, "campaign_assignment": assignments}
