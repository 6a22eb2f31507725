"""What may be done with an organization's campaigns, each deed on record.

Applying, undoing and previewing one are errands: a worker does them. A `caller` of a door is looked
at afresh; without one it is whoever runs the installation.
"""

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.text import slugify

from discovery.campaigns import rule, wishes
from discovery.models import APPLIED, APPLYING, DRAFT, UNDOING, UNDONE, Campaign
from warehouse.custody import orders
from warehouse.custody.models import OPEN, Errand
from warehouse.exceptions import Conflict, FieldError, InvalidRequest, NotFound
from warehouse.tenancy import afresh, audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.principal import Principal, Tenant

MOST = 500
"""How many campaigns an organization may have."""
MOST_ONGOING = 20
"""How many of these may go on at once: each is asked about every event that comes."""
WRITE = "campaigns:write"
PREVIEW, APPLY, UNDO = DEEDS = ("preview", "apply", "undo")
FROM: Mapping[str, Collection[str]] = {
    PREVIEW: (DRAFT, UNDONE),
    APPLY: (DRAFT, UNDONE, APPLYING, UNDOING),
    UNDO: (APPLIED, APPLYING, UNDOING),
}
"""In which states a deed may be asked for; one that was broken off may go on or back."""
MEANWHILE = {APPLY: APPLYING, UNDO: UNDOING}
RULE = {"filters", "start", "end", "timezone", "ongoing", "campaign_id"}
"""What a preview depends on."""


def create(
    tenant: Tenant,
    given: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    caller: Principal | None = None,
) -> Campaign:
    """Create a draft; raises `InvalidRequest`, `Conflict`, and what `afresh.look` raises."""
    with transaction.atomic():
        organization = afresh.opened(tenant.id, caller, WRITE)
        columns = wishes.whole(given, tenant=tenant, now=now)
        if of(tenant).count() >= MOST:
            raise Conflict(f"An organization may have {MOST} campaigns; delete some first.")
        if "campaign_id" in columns:
            _require_free(tenant, columns["campaign_id"])
        else:
            columns["campaign_id"] = _free(tenant, columns["name"])
        campaign = Campaign.objects.create(
            organization=organization,
            created_at=now,
            subject=by.subject,
            subject_name=by.name,
            **columns,
        )
        record("campaign.created", campaign, by=by, now=now)
    return campaign


def change(
    campaign: Campaign,
    given: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    caller: Principal | None = None,
) -> Campaign:
    """Change what is given of a draft; raises `Conflict` for any other, and what `create` does."""
    with transaction.atomic():
        current = _locked(campaign, caller)
        _require_still(current, (DRAFT,), "Only a draft can be changed; make another campaign.")
        tenant = current.organization.as_tenant()
        columns = wishes.change(given, current, tenant=tenant, now=now)
        changed = {
            name for name in columns if _packed(getattr(current, name)) != _packed(columns[name])
        }
        if not changed:
            return current
        if "campaign_id" in changed:
            _require_free(tenant, columns["campaign_id"])
        for name in changed:
            setattr(current, name, columns[name])
        if changed & RULE:
            current.preview = None
        current.save(update_fields={*changed, "preview"})
        more = {"changed": sorted(changed)}
        record("campaign.changed", current, by=by, now=now, more=more)
    return current


def remove(
    campaign: Campaign, *, by: Actor, now: datetime, caller: Principal | None = None
) -> None:
    """Delete a draft or one that was undone; raises `Conflict` while events say they are its."""
    with transaction.atomic():
        current = _locked(campaign, caller)
        _require_still(current, (DRAFT, UNDONE), "Its events are attributed to it; undo it first.")
        record("campaign.removed", current, by=by, now=now)
        current.delete()


def ask(
    campaign: Campaign, deed: str, *, by: Actor, now: datetime, caller: Principal | None = None
) -> tuple[Campaign, Errand]:
    """Have a worker preview, apply or undo a campaign; return it and the errand.

    The same asked again while it is under way is the same errand. Raises `Conflict` where the state
    does not allow it, `LimitExceeded` where too much is under way.
    """
    with transaction.atomic():
        current = _locked(campaign, caller)
        request = {"campaign": str(current.pk), "do": deed}
        open_ = errand_of(current)
        if open_ and open_.request == request:
            return current, open_
        _require_still(current, FROM[deed], f"It is {current.state}, so there is no {deed} of it.")
        if deed == APPLY and current.ongoing:
            _require_room(current)
        errand = orders.at_campaign(current.organization, request, actor=by, now=now)
        current.errand, current.state = errand.pk, MEANWHILE.get(deed, current.state)
        current.save(update_fields=("errand", "state"))
        record(f"campaign.{deed}_asked", current, by=by, now=now)
    return current, errand


def find(campaign_id: UUID | str, tenant: Tenant) -> Campaign:
    """Return the tenant's campaign; `NotFound` also for another organization's."""
    try:
        return of(tenant).get(pk=UUID(str(campaign_id)))
    except (ValueError, Campaign.DoesNotExist):
        raise NotFound("There is no such campaign.") from None


def of(tenant: Tenant) -> QuerySet[Campaign]:
    """Return the tenant's campaigns."""
    return Campaign.objects.filter(organization_id=tenant.id)


def errand_of(campaign: Campaign) -> Errand | None:
    """Return the errand that is under way for a campaign."""
    if campaign.errand is None:
        return None
    return Errand.objects.filter(pk=campaign.errand, state__in=OPEN).first()


def record(
    action: str,
    campaign: Campaign,
    *,
    by: Actor,
    now: datetime,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Put a deed on record; of the rule nothing: it may name a visitor, and entries stay."""
    audit.record(
        action,
        actor=by,
        organization=campaign.organization,
        now=now,
        target=f"campaign:{campaign.pk}",
        details={"name": campaign.name, "campaign_id": campaign.campaign_id, **(more or {})},
    )


def _packed(value: Any) -> Any:
    """Return what a value is compared by: rules as JSON, where 1 is not true."""
    return json.dumps(value) if isinstance(value, list | dict) else value


def _require_still(campaign: Campaign, states: Collection[str], otherwise: str) -> None:
    """Raise `Conflict` while something is done with a campaign, or unless it is in such a state."""
    if open_ := errand_of(campaign):
        deed = open_.request["do"]
        raise Conflict(f"The campaign's {deed} is under way: wait until it has ended.")
    if campaign.state not in states:
        raise Conflict(otherwise)


def _require_room(campaign: Campaign) -> None:
    """Raise `Conflict` where so many campaigns go on already, or compare so much."""
    others = Campaign.objects.filter(organization=campaign.organization, ongoing=True)
    going = others.exclude(pk=campaign.pk).exclude(state__in=(DRAFT, UNDONE))
    if going.count() >= MOST_ONGOING:
        raise Conflict(f"{MOST_ONGOING} campaigns go on already; undo one of them first.")
    mine, used = rule.comparisons(campaign), sum(map(rule.comparisons, going))
    if mine + used > rule.MOST_STANDING:
        most = rule.MOST_STANDING
        detail = (
            f"Its filters compare {mine} times, and campaigns that go on compare {used} of at most"
            f" {most} times: undo one of these, or make a campaign that compares"
            f" {max(0, most - used)} times at most."
        )
        raise Conflict(detail, errors=[FieldError("filters", "too-many", detail)])


def _require_free(tenant: Tenant, campaign_id: str) -> None:
    if of(tenant).filter(campaign_id=campaign_id).exists():
        detail = "Another campaign of yours has it: take another, or leave it out."
        raise InvalidRequest(errors=[FieldError("campaign_id", "taken", detail)])


def _free(tenant: Tenant, name: str) -> str:
    """Return the slug of a name, with a number behind it where another campaign has it."""
    slug = slugify(name)[: wishes.LONGEST_ID - 8] or "campaign"
    taken = set(
        of(tenant).filter(campaign_id__startswith=slug).values_list("campaign_id", flat=True)
    )
    numbered = (f"{slug}-{number}" for number in range(2, MOST + 2))
    return slug if slug not in taken else next(one for one in numbered if one not in taken)


def _locked(campaign: Campaign, caller: Principal | None) -> Campaign:
    """Return the campaign as it is now; it stays so until the transaction ends."""
    afresh.opened(campaign.organization_id, caller, WRITE)
    rows = Campaign.objects.select_related("organization").select_for_update(of=("self",))
    found = rows.filter(pk=campaign.pk).first()
    if found is None:
        raise NotFound("There is no such campaign.")
    return found
