"""What somebody wants a schedule to be: read from JSON, with every fault named at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from reports import limits
from reports.formats import FORMATS
from reports.kinds import KINDS
from reports.models import Schedule, Webhook
from reports.schedules import cron
from warehouse.exceptions import InvalidRequest
from warehouse.language import zones
from warehouse.language.body import Body
from warehouse.tenancy.models import Membership
from warehouse.tenancy.principal import Tenant

FIELDS = ("name", "kind", "request", "cron", "timezone", "deliver", "enabled")
TARGETS = ("webhook", "emails", "format")
LONGEST_NAME = 100
MOST_EMAILS = 20
MOST_BYTES = 32 * 1024
"""JSON of a question: it is kept with every report, and told with every message."""
NO_MEMBER = (
    "Must be the e-mail address of an active member. Whoever administers the organization sees all "
    "under /members, and adds people by POST /invitations; an account may have no address."
)
FORMAT = "csv"
"""What is attached to a letter that says nothing of it."""
MISSING = object()


def whole(given: Mapping[str, Any], *, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """Return the columns of a new schedule; raises `InvalidRequest` naming every bad field."""
    filled = {"request": {}, "timezone": tenant.timezone, "enabled": True, **given}
    wanted = (*FIELDS, *given)
    return _read({name: filled.get(name, MISSING) for name in wanted}, tenant, now, None)


def change(
    given: Mapping[str, Any], before: Schedule, *, tenant: Tenant, now: datetime
) -> dict[str, Any]:
    """Return the columns that are to change; only what is given is looked at."""
    return _read(dict(given), tenant, now, before)


def _read(
    given: dict[str, Any], tenant: Tenant, now: datetime, before: Schedule | None
) -> dict[str, Any]:
    body = Body(given)
    body.check_keys(FIELDS)
    columns: dict[str, Any] = {}
    if "name" in given:
        columns["name"] = _name(body)
    if "cron" in given:
        columns["cron"] = _cron(body, now)
    if "timezone" in given:
        columns["timezone"] = _timezone(body)
    if "enabled" in given:
        columns["enabled"] = _enabled(body)
    if {"kind", "request"} & set(given):
        columns |= _question(body, tenant, now, before)
    if "deliver" in given:
        columns |= _target(body, tenant, before)
    body.faults.raise_any()
    return columns


def _name(body: Body) -> Any:
    value = body.given["name"]
    fits = isinstance(value, str) and 0 < len(value) <= LONGEST_NAME
    if not (fits and value.isprintable() and value.strip()):
        detail = f"Must be a name of 1 to {LONGEST_NAME} printable characters."
        body.faults.add("name", "invalid", detail)
    return value


def _cron(body: Body, now: datetime) -> Any:
    value = body.given["cron"]
    plain = " ".join(value.split()) if isinstance(value, str) else value
    if detail := cron.fault(plain, now):
        body.faults.add("cron", "invalid", detail)
    return plain


def _timezone(body: Body) -> Any:
    value = body.given["timezone"]
    if not isinstance(value, str) or value not in zones.names():
        body.faults.unknown("timezone", value, zones.names(), example="Europe/Berlin")
    return value


def _enabled(body: Body) -> Any:
    value = body.given["enabled"]
    if not isinstance(value, bool):
        body.faults.add("enabled", "invalid", "Must be true or false.")
    return value


def _question(body: Body, tenant: Tenant, now: datetime, before: Schedule | None) -> dict[str, Any]:
    """Return kind and request, which make sense together or not at all."""
    kind = body.given.get("kind", before.kind if before else MISSING)
    request = body.given.get("request", before.request if before else {})
    if not isinstance(kind, str) or kind not in KINDS:
        body.faults.unknown("kind", "" if kind is MISSING else kind, KINDS)
    if not isinstance(request, Mapping):
        body.faults.add("request", "invalid", "Must be a JSON object.")
    elif (size := len(orjson.dumps(request))) > MOST_BYTES:
        detail = f"Is {size:,} bytes of JSON; that of a schedule may be {MOST_BYTES:,} (32 KiB)."
        body.faults.add("request", "invalid", detail)
    elif isinstance(kind, str) and kind in KINDS:
        most = limits.rows_within(limits.REPORT_SECONDS, tenant)
        try:
            KINDS[kind].parse(request, tenant=tenant, now=now, max_limit=most)
        except InvalidRequest as refused:
            for error in refused.errors:
                body.faults.add(f"request.{error.field}", error.code, error.detail)
    return {"kind": kind, "request": request}


def _target(body: Body, tenant: Tenant, before: Schedule | None) -> dict[str, Any]:
    """Return where answers go: to one webhook, or to people by letter."""
    value = body.given["deliver"]
    if not isinstance(value, Mapping) or ("webhook" in value) == ("emails" in value):
        detail = 'Must be {"webhook": ID} or {"emails": [ADDRESS, …], "format": "csv"}.'
        body.faults.add("deliver", "invalid", detail)
        return {}
    for name in sorted(set(value) - set(TARGETS)):
        body.faults.unknown(f"deliver.{name[:100]}", name, TARGETS)
    if "webhook" in value:
        if "format" in value:
            detail = "Only letters have an attachment; a webhook gets JSON. Leave it out."
            body.faults.add("deliver.format", "conflict", detail)
        return {"webhook": _webhook(value["webhook"], body, tenant, before), "emails": []}
    chosen = value.get("format", FORMAT)
    if not isinstance(chosen, str) or chosen not in FORMATS:
        body.faults.unknown("deliver.format", chosen, FORMATS)
    return {"webhook": None, "emails": _emails(value["emails"], body, tenant), "format": chosen}


def _webhook(value: object, body: Body, tenant: Tenant, before: Schedule | None) -> Webhook | None:
    # Locked, so that it does not go before the schedule that needs it is there.
    own = Webhook.objects.select_for_update().filter(organization_id=tenant.id)
    try:
        found = own.get(pk=UUID(str(value)))
    except (ValueError, Webhook.DoesNotExist):
        body.faults.add("deliver.webhook", "unknown", "There is no such webhook; see /webhooks.")
        return None
    if not found.enabled and (before is None or before.webhook_id != found.pk):
        detail = "The webhook is disabled; enable it first."
        body.faults.add("deliver.webhook", "conflict", detail)
    return found


def _emails(value: object, body: Body, tenant: Tenant) -> list[str]:
    """Return the addresses, as the members spell them."""
    if not isinstance(value, list) or not 0 < len(value) <= MOST_EMAILS:
        detail = f"Must be a list of 1 to {MOST_EMAILS} addresses of members."
        body.faults.add("deliver.emails", "invalid", detail)
        return []
    members = _addresses(tenant)
    found: list[str] = []
    for place, address in enumerate(value):
        known = members.get(address.casefold()) if isinstance(address, str) else None
        if known is None:
            body.faults.add(f"deliver.emails[{place}]", "unknown", NO_MEMBER)
        elif known in found:
            body.faults.add(f"deliver.emails[{place}]", "duplicate", "It is there already.")
        else:
            found.append(known)
    return found


def _addresses(tenant: Tenant) -> dict[str, str]:
    """Return the addresses of the organization's active members, by their folded form."""
    active = Membership.objects.filter(organization_id=tenant.id, user__is_active=True)
    found = active.exclude(user__email="").values_list("user__email", flat=True)
    return {address.casefold(): address for address in found}
