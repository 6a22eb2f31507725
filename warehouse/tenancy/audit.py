"""The audit log's one pen: who did what, from where, in the transaction of the deed.

Doors say once a request where it comes from (`came_from`); whoever changes something, or reads
what is another's, calls `record` beside the change.
"""

from collections.abc import Collection, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from warehouse.tenancy.models import AuditEntry, Organization
from warehouse.tenancy.principal import Principal, Tenant


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from: the peer's address as the gateway trusts it, and its id."""

    ip: str = ""
    request_id: str = ""


NOWHERE = Origin()
came_from: ContextVar[Origin] = ContextVar("came_from", default=NOWHERE)
SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a subject such as `user:7`, and the name people know it by."""

    subject: str = SYSTEM
    name: str = ""

    @classmethod
    def of(cls, principal: Principal) -> "Actor":
        """Return the caller of a request as an actor."""
        return cls(principal.subject, principal.name)


def record(
    action: str,
    *,
    actor: Actor,
    organization: Organization | Tenant | None,
    now: datetime,
    target: str = "",
    details: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry; `details` are plain JSON and hold no secret."""
    origin = came_from.get()
    return AuditEntry.objects.create(
        at=now,
        organization_id=organization.id if organization else None,
        organization_slug=organization.slug if organization else "",
        actor=actor.subject,
        actor_name=actor.name,
        action=action,
        target=target,
        details=dict(details or {}),
        ip=origin.ip,
        request_id=origin.request_id,
    )


def entries(
    tenant: Tenant,
    *,
    actions: Collection[str] = (),
    actors: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEntry]:
    """Return the organization's entries of the half-open span; empty filters let all through."""
    wanted: dict[str, Any] = {"organization_id": tenant.id}
    if actions:
        wanted["action__in"] = actions
    if actors:
        wanted["actor__in"] = actors
    if since:
        wanted["at__gte"] = since
    if until:
        wanted["at__lt"] = until
    return AuditEntry.objects.filter(**wanted)
