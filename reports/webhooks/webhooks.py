"""What may be done with an organization's webhooks: each change on record, secrets never.

Whoever changes one is looked at afresh: a webhook outlives the login or key it was made by.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.db import transaction
from django.db.models import RestrictedError

from reports import journal
from reports.models import Delivery, Webhook
from reports.webhooks import deliveries, health, secrets
from reports.webhooks.guard import BadAddress, Guard
from warehouse.exceptions import Conflict, FieldError, InvalidRequest, NotFound
from warehouse.tenancy import afresh, audit
from warehouse.tenancy.audit import Actor
from warehouse.tenancy.members import ADMIN
from warehouse.tenancy.principal import Principal, Tenant

MOST = 20
"""How many webhooks an organization may have."""
OVERLAP, MOST_OVERLAP = timedelta(hours=24), timedelta(days=7)
"""How long the former secret signs beside a new one, by default and at most."""
LONGEST_DESCRIPTION = 200
TEST = "webhook.test"
FEW = 3


@dataclass(frozen=True, slots=True)
class Author:
    """Who deals with webhooks, and where these may lead.

    A `caller` of a door is looked at afresh; without one it is whoever runs the installation.
    """

    actor: Actor
    guard: Guard
    caller: Principal | None = None


def create(
    organization_id: UUID | str, wish: Mapping[str, Any], *, by: Author, now: datetime
) -> tuple[Webhook, str]:
    """Create a webhook of `url`, `description` and `events`; return it with its secret.

    It is told of what happens from now on. Raises `InvalidRequest` for an address that nothing may
    be sent to, `Conflict` when there are too many, and what `afresh.look` raises.
    """
    _check(by.guard, wish)
    secret = secrets.make()
    with transaction.atomic():
        organization = afresh.opened(organization_id, by.caller, ADMIN)
        if Webhook.objects.filter(organization=organization).count() >= MOST:
            raise Conflict(f"An organization may have {MOST} webhooks; remove one first.")
        hook = Webhook.objects.create(
            organization=organization,
            secret=secrets.seal(secret),
            cursor=journal.newest(str(organization.pk)),
            created_at=now,
            created_by=by.actor.subject,
            **wish,
        )
        details = {"url": shown(hook.url), "events": hook.events}
        _record("webhook.created", hook, by=by, now=now, details=details)
    return hook, secret


def change(hook: Webhook, wish: Mapping[str, Any], *, by: Author, now: datetime) -> Webhook:
    """Change any of `url`, `description`, `events` and `enabled`.

    Enabled again, it is told of what happens from then on; disabled, what waits for it has failed.
    Raises what `create` raises.
    """
    _check(by.guard, wish)
    with transaction.atomic():
        hook = _locked(hook, by)
        before = {name: getattr(hook, name) for name in wish}
        changed = {name: value for name, value in wish.items() if value != before[name]}
        if not changed:
            return hook
        vars(hook).update(changed)
        # With no events none were looked at.
        if changed.get("enabled") or ("events" in changed and not before["events"]):
            hook.cursor = journal.newest(str(hook.organization_id))
        if changed.get("enabled"):
            hook.disabled_reason, hook.failing_since = "", None
        if changed.get("enabled") or "url" in changed:
            hook.silent, hook.ready_at = 0, None
        hook.save()
        if not hook.enabled:
            health.end_open(hook.pk, now=now)
        told = {name: _told(name, before[name], hook) for name in changed}
        _record("webhook.changed", hook, by=by, now=now, details=told)
    return hook


def rotate(
    hook: Webhook, *, by: Author, now: datetime, overlap: timedelta = OVERLAP
) -> tuple[Webhook, str]:
    """Give a webhook a new secret and return both; the former signs as well for `overlap`."""
    secret = secrets.make()
    with transaction.atomic():
        hook = _locked(hook, by)
        hook.previous_secret = hook.secret if overlap else ""
        hook.previous_until = now + overlap if overlap else None
        hook.secret = secrets.seal(secret)
        hook.save(update_fields=["secret", "previous_secret", "previous_until"])
        until = hook.previous_until.isoformat() if hook.previous_until else None
        _record("webhook.rotated", hook, by=by, now=now, details={"previous_until": until})
    return hook, secret


def remove(hook: Webhook, *, by: Author, now: datetime) -> None:
    """Remove a webhook and its deliveries; raises `Conflict` while a schedule delivers to it."""
    try:
        with transaction.atomic():
            hook = _locked(hook, by)
            _record("webhook.removed", hook, by=by, now=now, details={"url": shown(hook.url)})
            hook.delete()
    except RestrictedError:
        names = hook.schedules.order_by("name").values_list("name", flat=True)
        listed = ", ".join(names[:FEW]) + (", …" if len(names) > FEW else "")
        raise Conflict(
            f"Schedules deliver to the webhook: {listed}. Change or remove them first."
        ) from None


def test(hook: Webhook, *, by: Author, now: datetime) -> Delivery:
    """Send a message of the type `webhook.test`; raises `Conflict` for a disabled webhook."""
    with transaction.atomic():
        hook = _locked(hook, by)
        _check_enabled(hook)
        delivery = deliveries.create(
            organization_id=hook.organization_id,
            type=TEST,
            payload={"webhook": {"id": str(hook.pk), "description": hook.description}},
            now=now,
            webhook=hook,
        )
        health.wake(hook)
        details = {"delivery": str(delivery.pk)}
        _record("webhook.tested", hook, by=by, now=now, details=details)
    return delivery


def redeliver(delivery: Delivery, *, by: Author, now: datetime) -> Delivery:
    """Send what has ended again; raises `Conflict` while it has not, or the webhook is disabled."""
    with transaction.atomic():
        organization = afresh.opened(delivery.organization_id, by.caller, ADMIN)
        if delivery.webhook is not None:
            _check_enabled(_locked(delivery.webhook, by))
            health.wake(delivery.webhook)
        deliveries.redeliver(delivery, now=now)
        audit.record(
            "delivery.redelivered",
            actor=by.actor,
            organization=organization,
            now=now,
            target=f"delivery:{delivery.pk}",
            details={"type": delivery.type, "channel": delivery.channel},
        )
    return delivery


def find(webhook_id: UUID | str, tenant: Tenant) -> Webhook:
    """Return a webhook of the tenant; raises `NotFound`, also for another organization's."""
    try:
        return Webhook.objects.get(pk=UUID(str(webhook_id)), organization_id=tenant.id)
    except (ValueError, Webhook.DoesNotExist):
        raise NotFound("There is no such webhook.") from None


def find_delivery(delivery_id: UUID | str, hook: Webhook) -> Delivery:
    """Return a delivery to the webhook; raises `NotFound`."""
    try:
        found = Delivery.objects.select_related("webhook")
        return found.get(pk=UUID(str(delivery_id)), webhook=hook)
    except (ValueError, Delivery.DoesNotExist):
        raise NotFound("There is no such delivery.") from None


def shown(url: str) -> str:
    """Return of a URL what all may see, and goes on record: many hold a password in their path."""
    return f"{urlsplit(url).scheme}://{urlsplit(url).netloc}"


def _locked(hook: Webhook, by: Author) -> Webhook:
    afresh.opened(hook.organization_id, by.caller, ADMIN)
    found = Webhook.objects.select_for_update(no_key=True).filter(pk=hook.pk).first()
    if found is None:
        raise NotFound("There is no such webhook.")
    return found


def _check(guard: Guard, wish: Mapping[str, Any]) -> None:
    if "url" not in wish:
        return
    try:
        guard.check_url(wish["url"])
    except BadAddress as error:
        fault = FieldError("url", "invalid", str(error))
        raise InvalidRequest("Check url.", errors=[fault]) from None


def _check_enabled(hook: Webhook) -> None:
    if not hook.enabled:
        raise Conflict("The webhook is disabled; enable it first.")


def _told(name: str, before: Any, hook: Webhook) -> dict[str, Any]:
    after = getattr(hook, name)
    if name == "url":
        before, after = shown(before), shown(after)
    return {"before": before, "after": after}


def _record(
    action: str, hook: Webhook, *, by: Author, now: datetime, details: Mapping[str, Any]
) -> None:
    audit.record(
        action,
        actor=by.actor,
        organization=hook.organization,
        now=now,
        target=f"webhook:{hook.pk}",
        details=details,
    )
