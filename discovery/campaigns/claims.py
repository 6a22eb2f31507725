"""Which campaigns are given events as they are stored, for the intake."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from discovery.campaigns import rule
from discovery.models import Campaign
from warehouse.exceptions import InvalidRequest
from warehouse.language.claim import Claim
from warehouse.sql.moments import EPOCH, MILLISECOND

log = logging.getLogger(__name__)


def of(organizations: Collection[str]) -> Mapping[str, Sequence[Claim]]:
    """Return the claims in each of these organizations, the first applied first.

    They change only while nothing is stored for the organization.
    """
    found: dict[str, list[Claim]] = defaultdict(list)
    owners = [UUID(one) for one in organizations]
    claiming = Campaign.objects.filter(claims_since__isnull=False, organization__in=owners)
    for campaign in claiming.order_by("claims_since", "pk"):
        try:
            where = rule.conditions(campaign)
        except InvalidRequest:
            # What no longer means anything must not keep events from being stored.
            log.exception("the rule of campaign %s is not understood", campaign.pk)
            continue
        start = -((EPOCH - campaign.start) // MILLISECOND)
        claim = Claim(campaign.campaign_id, str(campaign.pk), start, campaign.timezone, where)
        found[str(campaign.organization_id)].append(claim)
    return found
