"""How an organization wants to be served: what may be set, how it is read, changes on record."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from warehouse.language.body import Body
from warehouse.tenancy import audit
from warehouse.tenancy.models import Organization, check_hosts, check_timezone
from warehouse.tenancy.models.organization import WEEK_STARTS

LONGEST_NAME = 200
MOST_HOSTS = MOST_RATES = 200
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
RATE = re.compile(r"\d{1,12}(\.\d{1,12})?", re.ASCII)


def read(body: Body) -> dict[str, Any]:
    """Return the settings that a body names; raises `InvalidRequest` naming every bad one."""
    found = {name: READERS[name](body, name) for name in READERS if name in body.given}
    body.faults.raise_any()
    return found


def change(
    organization_id: UUID | str, wanted: Mapping[str, Any], *, actor: audit.Actor, now: datetime
) -> Organization:
    """Set what `read` returned and put on record what was before; what stays the same is no change.

    Questions, keys and sockets follow within the seconds for which a caller is remembered.
    """
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=organization_id)
        before = {name: getattr(organization, name) for name in wanted}
        changed = {name: value for name, value in wanted.items() if value != before[name]}
        if not changed:
            return organization
        for name, value in changed.items():
            setattr(organization, name, value)
        organization.save(update_fields=list(changed))
        audit.record(
            "organization.changed",
            actor=actor,
            organization=organization,
            now=now,
            target=f"organization:{organization.slug}",
            details={name: {"from": before[name], "to": value} for name, value in changed.items()},
        )
    return organization


def _name(body: Body, key: str) -> Any:
    value = body.given[key]
    if not isinstance(value, str) or not value.isprintable() or not value.strip():
        body.faults.add(key, "invalid", "Must be a name of printable characters.")
    elif len(value) > LONGEST_NAME:
        body.faults.add(key, "invalid", f"Must have at most {LONGEST_NAME} characters.")
    return value


def _timezone(body: Body, key: str) -> Any:
    return _checked(body, key, check_timezone, str)


def _hosts(body: Body, key: str) -> Any:
    value = _checked(body, key, check_hosts, list)
    if isinstance(value, list) and len(value) > MOST_HOSTS:
        body.faults.add(key, "too-many", f"Must be at most {MOST_HOSTS} host names.")
    return value


def _checked(
    body: Body, key: str, check: Callable[[Any], None], kind: type[str] | type[list[Any]]
) -> Any:
    value = body.given[key]
    if not isinstance(value, kind):
        body.faults.add(key, "invalid", f"Must be a {'text' if kind is str else 'list'}.")
        return value
    try:
        check(value)
    except ValidationError as error:
        body.faults.add(key, "invalid", f"{'; '.join(error.messages)[:200]}.")
    return value


def _currency(body: Body, key: str) -> Any:
    value = body.given[key]
    if not isinstance(value, str) or not CURRENCY.fullmatch(value):
        body.faults.add(key, "invalid", "Must be an ISO 4217 code such as EUR.")
    return value


def _rates(body: Body, key: str) -> Any:
    value = body.given[key]
    if not isinstance(value, Mapping) or len(value) > MOST_RATES:
        detail = f"Must be an object of at most {MOST_RATES} currencies and what one unit is worth."
        body.faults.add(key, "invalid", detail)
        return value
    for code in value:
        if not CURRENCY.fullmatch(code):
            body.faults.add(f"{key}.{code[:100]}", "invalid", "Must be an ISO 4217 code.")
    rates = {code: _rate(rate) for code, rate in value.items()}
    for code, rate in rates.items():
        if rate is None:
            detail = "Must be a number above 0, at most twelve places before and after the point."
            body.faults.add(f"{key}.{code[:100]}", "invalid", detail)
    return rates


def _rate(given: Any) -> str | None:
    """Return a rate as the text that is kept, or None for what is none."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    text = given if isinstance(given, str) else format(Decimal(repr(given)), "f")
    return text if RATE.fullmatch(text) and Decimal(text) > 0 else None


def _week_start(body: Body, key: str) -> Any:
    value = body.given[key]
    if value not in WEEK_STARTS:
        body.faults.unknown(key, value, WEEK_STARTS)
    return value


def _flag(body: Body, key: str) -> Any:
    value = body.given[key]
    if not isinstance(value, bool):
        body.faults.add(key, "invalid", "Must be true or false.")
    return value


READERS: Mapping[str, Callable[[Body, str], Any]] = {
    "name": _name,
    "timezone": _timezone,
    "currency": _currency,
    "currency_rates": _rates,
    "week_start": _week_start,
    "bot_filter": _flag,
    "store_ip": _flag,
    "allowed_hosts": _hosts,
}
