"""What somebody wants a campaign to be: read from JSON, with every fault named at once."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from discovery.campaigns import rule
from discovery.models import Campaign, Pattern
from warehouse.language import periods, zones
from warehouse.language.body import Body
from warehouse.language.faults import Faults
from warehouse.tenancy.principal import Tenant

CHANGEABLE = ("name", "campaign_id", "filters", "time_range", "period", "timezone", "ongoing")
FIELDS = (*CHANGEABLE, "pattern_id")
LONGEST_NAME = 200
LONGEST_ID = 256
MOST_BYTES = 32 * 1024
"""JSON of a rule: it is kept, and told with every campaign."""


def whole(given: Mapping[str, Any], *, tenant: Tenant, now: datetime) -> dict[str, Any]:
    """Return the columns of a new campaign; raises `InvalidRequest` naming every bad field.

    What is left open is the pattern's, where one is named. Without a `campaign_id` it has none.
    """
    body = Body(given)
    pattern = _pattern(body, tenant)
    columns = _zone(body, pattern.timezone if pattern else tenant.timezone)
    columns |= _flag(body)
    columns |= _rule(body, columns, pattern)
    body.check_keys(FIELDS)
    columns |= _name(body) | (_campaign_id(body) if "campaign_id" in given else {})
    if pattern and not _has_range(body):
        columns |= {"start": pattern.start, "end": pattern.end}
    else:
        columns |= _range(body, columns["timezone"], tenant, now)
    body.faults.raise_any()
    return {**columns, "pattern": pattern}


def change(
    given: Mapping[str, Any], before: Campaign, *, tenant: Tenant, now: datetime
) -> dict[str, Any]:
    """Return the columns that are to change, and those that must make sense with them."""
    body = Body(given)
    columns = _zone(body, before.timezone)
    columns |= _flag(body, default=before.ongoing)
    filled = Body({"filters": before.filters, **given})
    filled.faults = body.faults
    columns |= _rule(filled, columns, None)
    body.check_keys(CHANGEABLE)
    if "name" in given:
        columns |= _name(body)
    if "campaign_id" in given:
        columns |= _campaign_id(body)
    if _has_range(body):
        columns |= _range(body, columns["timezone"], tenant, now)
    body.faults.raise_any()
    return columns


def _pattern(body: Body, tenant: Tenant) -> Pattern | None:
    """Return the pattern that is named; its rule cannot be given once more."""
    given = body.given.get("pattern_id")
    if given is None:
        return None
    try:
        found = Pattern.objects.filter(organization_id=tenant.id, pk=UUID(str(given))).first()
    except ValueError:
        found = None
    if found is None:
        body.faults.add("pattern_id", "unknown", "There is no such pattern; see /patterns.")
    return found


def _zone(body: Body, default: str) -> dict[str, Any]:
    value = body.given.get("timezone")
    value = default if value is None else value
    if not isinstance(value, str) or value not in zones.names():
        body.faults.unknown("timezone", value, zones.names(), example="Europe/Berlin")
        value = "UTC"
    return {"timezone": value}


def _flag(body: Body, *, default: bool = False) -> dict[str, Any]:
    return {"ongoing": body.boolean("ongoing", default=default)}


def _rule(body: Body, columns: Mapping[str, Any], pattern: Pattern | None) -> dict[str, Any]:
    """Return the rule; read apart from everything else, so that what is wrong there is told too."""
    given = body.given.get("filters")
    if pattern and given is not None:
        body.faults.add("filters", "conflict", "Give either filters or pattern_id, not both.")
        return {}
    wanted = pattern.filters if pattern else given
    if wanted is None and body.given.get("pattern_id") is not None:
        return {}
    apart = Faults()
    rule.check(wanted, columns["timezone"], apart, ongoing=columns["ongoing"])
    # What was understood is not too deep to be written.
    if not apart and (size := len(json.dumps(wanted))) > MOST_BYTES:
        detail = f"Is {size:,} bytes of JSON; a rule may be {MOST_BYTES:,} (32 KiB)."
        apart.add("filters", "invalid", detail)
    body.faults.take(apart)
    return {"filters": wanted}


def _name(body: Body) -> dict[str, Any]:
    value = body.given.get("name")
    return {"name": _text(body, "name", value, LONGEST_NAME)}


def _campaign_id(body: Body) -> dict[str, Any]:
    value = body.given["campaign_id"]
    return {"campaign_id": _text(body, "campaign_id", value, LONGEST_ID)}


def _text(body: Body, key: str, value: object, most: int) -> str:
    if isinstance(value, str) and 0 < len(value) <= most and value.isprintable() and value.strip():
        return value
    body.faults.add(key, "invalid", f"Must be a text of 1 to {most} printable characters.")
    return ""


def _has_range(body: Body) -> bool:
    return any(body.given.get(name) is not None for name in ("time_range", "period"))


def _range(body: Body, zone: str, tenant: Tenant, now: datetime) -> dict[str, Any]:
    window = periods.resolve(body.given, zone, now, body.faults, tenant.week_start)
    return {"start": window.start, "end": window.end} if window else {}
