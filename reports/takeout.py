"""What a takeout tells of an organization's reports: what was asked, by whom, what became of it.

Of schedules and webhooks too, but no secret. Results are not in it: they can be computed from the
events.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from reports.models import Report, Schedule, Webhook

AT_ONCE = 1_000
COLUMNS = (
    "id", "kind", "status", "request", "subject", "created_at", "started_at", "finished_at",
    "expires_at", "error",
)  # fmt: skip
SCHEDULE = (
    "id", "name", "kind", "request", "cron", "timezone", "webhook_id", "emails", "format",
    "enabled", "next_at", "created_at", "created_by",
)  # fmt: skip
WEBHOOK = (
    "id", "url", "description", "events", "enabled", "disabled_reason", "failing_since",
    "created_at", "created_by",
)  # fmt: skip


def requests(organization_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Yield the organization's reports, the oldest first."""
    found = Report.objects.filter(organization=organization_id).order_by("created_at", "pk")
    yield from found.values(*COLUMNS).iterator(chunk_size=AT_ONCE)


def schedules(organization_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Yield what the organization has asked again and again, and where the answers go."""
    found = Schedule.objects.filter(organization=organization_id).order_by("created_at", "pk")
    yield from found.values(*SCHEDULE).iterator(chunk_size=AT_ONCE)


def webhooks(organization_id: UUID) -> Iterator[Mapping[str, Any]]:
    """Yield where the organization wants to be told of its reports."""
    found = Webhook.objects.filter(organization=organization_id).order_by("created_at", "pk")
    yield from found.values(*WEBHOOK).iterator(chunk_size=AT_ONCE)
