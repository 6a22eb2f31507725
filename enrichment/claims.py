"""Gives events that nobody has attributed to campaigns that claim them, the first come first."""

from collections.abc import Collection, Mapping, Sequence

from enrichment.columns import Columns
from enrichment.parcels import Parcel
from warehouse.language.claim import Claim, Claims


def nobody(organizations: Collection[str]) -> Mapping[str, Sequence[Claim]]:
    """Return no claims."""
    return {}


def settle(parcels: Sequence[Parcel], claims: Claims) -> None:
    """Give the events of each parcel to the campaigns of its organization; parcels are changed.

    They must be the whole of a group, so that it is asked once who claims: a group that is stored
    again meets the same claims, as those change only while no group of the organization is open.
    """
    found = claims({parcel.organization_id for parcel in parcels})
    for parcel in parcels:
        give(parcel.columns, found.get(parcel.organization_id, ()))


def give(columns: Columns, claims: Sequence[Claim]) -> None:
    """Write campaign and assignment into events without a campaign that are no bots'."""
    if not claims:
        return
    campaigns = list(columns.get("campaign_id"))
    assignments = [""] * columns.count
    bots = columns.get("is_bot")
    for claim in claims:
        for index, claimed in enumerate(claim.holding(columns.get, columns.count)):
            if claimed and not campaigns[index] and not bots[index]:
                campaigns[index], assignments[index] = claim.campaign_id, claim.assignment
    columns.values |= {"campaign_id": campaigns, "campaign_assignment": assignments}
