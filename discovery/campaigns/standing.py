"""Which campaigns are given events as they are stored, for the intake."""

import logging
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from discovery.campaigns import rule
from discovery.models import DRAFT, UNDONE, Campaign
from warehouse.exceptions import InvalidRequest
from warehouse.language.standing import StandingRule
from warehouse.sql.moments import EPOCH, MILLISECOND

log = logging.getLogger(__name__)


def of(organizations: Collection[str]) -> Mapping[str, Sequence[StandingRule]]:
    """Return the rules that stand in each of these organizations, the first applied first.

    They change only while nothing is stored for the organization.
    """
    found: dict[str, list[StandingRule]] = defaultdict(list)
    owners = [UUID(one) for one in organizations]
    going_on = Campaign.objects.filter(ongoing_since__isnull=False, organization__in=owners)
    going_on = going_on.exclude(state__in=(DRAFT, UNDONE))
    for campaign in going_on.order_by("ongoing_since", "pk"):
        try:
            where = rule.standing(campaign)
        except InvalidRequest:
            # What no longer means anything must not keep events from being stored.
            log.exception("the rule of campaign %s is not understood", campaign.pk)
            continue
        start = -((EPOCH - campaign.start) // MILLISECOND)
        found[str(campaign.organization_id)].append(
            StandingRule(campaign.campaign_id, str(campaign.pk), start, campaign.timezone, where)
        )
    return found
