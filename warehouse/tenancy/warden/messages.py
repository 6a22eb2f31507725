"""Warden's messages as the values this system works with, and the other way round.

An answer that lacks what it must have, or has what cannot be, is `Unusable`: it lets nobody in.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.core.exceptions import ValidationError

from warehouse.tenancy.models import ApiKey, Organization
from warehouse.tenancy.principal import ROLES, SCOPES, Principal
from warehouse.tenancy.warden import warden_pb2 as pb
from warehouse.tenancy.warden.local import PERSON

LONGEST_SUBJECT = 64
LONGEST_NAME = 200
SMALL = 32_767
"""What columns of few bytes hold."""
LIMITS = {
    "requests_per_minute": "requests_per_minute",
    "events_per_minute": "events_per_minute",
    "events_per_month": "events_per_month",
    "sockets": "sockets",
    "retention_days": "retention_days",
    "running_jobs": "jobs_at_once",
    "rows_per_query": "rows_per_query",
    "report_seconds": "report_seconds",
    "export_rows": "export_rows",
    "result_days": "result_days",
}
"""Limits by their name in a message, and the column of an organization's row that holds each."""
WORDS = ("timezone", "currency", "week_start")
EPOCH = datetime.fromtimestamp(0, UTC)


class Unusable(ValueError):
    """An answer of Warden that cannot be right; the message says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A principal in one of its organizations; `organization` is an unsaved row."""

    principal: Principal
    organization: Organization


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whose a token is: its places by slug, and when it ends."""

    places: Mapping[str, Place]
    ends_at: datetime | None


def read_principal(message: pb.Principal, token: str) -> Vouched:
    """Return what Warden tells of a token; raises `Unusable`."""
    subject = message.subject
    if not subject or len(subject) > LONGEST_SUBJECT or subject.startswith(f"{PERSON}:"):
        raise Unusable("a principal without a subject of its own")
    granted = SCOPES.keys() & set(message.scopes)
    places = {}
    for membership in message.memberships:
        organization = read_organization(membership.organization)
        principal = Principal(
            subject=subject,
            tenant=organization.as_tenant(),
            scopes=frozenset(granted & ROLES.get(membership.role, frozenset()))
            if membership.role
            else frozenset(granted),
            name=message.name.replace("\0", "")[:LONGEST_NAME],
            public=message.public,
            credential=token,
        )
        places[organization.slug] = Place(principal, organization)
    if len(places) < len(message.memberships):
        raise Unusable("two organizations of one slug")
    return Vouched(places, _time(message))


def read_organization(message: pb.Organization) -> Organization:
    """Return what Warden tells of an organization as an unsaved row; raises `Unusable`."""
    if not message.HasField("limits") or not message.HasField("settings"):
        raise Unusable("an organization without limits or settings")
    limits, wishes = message.limits, message.settings
    row = Organization(
        pk=message.id,
        slug=message.slug,
        name=message.name or message.slug,
        suspended_at=EPOCH if message.suspended else None,
        currency_rates=dict(wishes.currency_rates),
        store_ip=wishes.store_ip,
        allowed_hosts=list(wishes.allowed_hosts),
        **{LIMITS[field.name]: value for field, value in limits.ListFields()},
        **{word: getattr(wishes, word) for word in WORDS if getattr(wishes, word)},
    )
    row.bot_filter = wishes.bot_filter if wishes.HasField("bot_filter") else row.bot_filter
    _check(row)
    return row


def write_key(key: ApiKey) -> pb.Principal:
    """Return a key as Warden's answer."""
    organization = write_organization(key.organization)
    return pb.Principal(
        subject=f"key:{key.pk}",
        name=key.name,
        memberships=[pb.Membership(organization=organization)],
        scopes=key.scopes,
        expires_at=key.expires_at,
        public=key.kind == "public",
    )


def write_organization(row: Organization) -> pb.Organization:
    """Return an organization as Warden's answer, with the limits its plan gives it."""
    planned = row.limits()
    columns = {name: getattr(row, column) for name, column in LIMITS.items()}
    limits = {name: getattr(planned, name, value) for name, value in columns.items()}
    rates = {code: str(rate) for code, rate in row.currency_rates.items()}
    return pb.Organization(
        id=str(row.pk),
        slug=row.slug,
        name=row.name,
        suspended=row.suspended_at is not None,
        limits=pb.Limits(**limits),
        settings=pb.Settings(
            timezone=row.timezone,
            currency=row.currency,
            currency_rates=rates,
            store_ip=row.store_ip,
            bot_filter=row.bot_filter,
            allowed_hosts=row.allowed_hosts,
            week_start=row.week_start,
        ),
    )


def _check(row: Organization) -> None:
    """Hold an organization to the rules its form in the admin has."""
    try:
        row.clean_fields()
        rates = [Decimal(str(rate)) for rate in row.currency_rates.values()]
    except (ValidationError, ArithmeticError) as exc:
        fields = ", ".join(getattr(exc, "error_dict", ["currency_rates"]))
        raise Unusable(f"an organization that cannot be: {fields}") from None
    sound = all(rate.is_finite() and rate > 0 for rate in rates) and "\0" not in row.name
    if not sound or max(row.jobs_at_once or 0, row.result_days or 0) > SMALL:
        raise Unusable("an organization that cannot be: a name, rate or limit no column holds")


def _time(message: pb.Principal) -> datetime | None:
    if not message.HasField("expires_at"):
        return None
    try:
        return message.expires_at.ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Unusable("a token that ends at no time there is") from None
