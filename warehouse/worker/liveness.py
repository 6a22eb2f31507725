"""The worker's own row: that it lives, and that hints reach it through the broker."""

from datetime import datetime, timedelta
from uuid import UUID

from warehouse.models import Worker

FORGET = timedelta(hours=1)


def register(worker_id: UUID, *, name: str, engine: str, now: datetime) -> None:
    """Write the worker's row and forget workers not seen for an hour."""
    Worker.objects.filter(seen_at__lt=now - FORGET).delete()
    Worker.objects.create(id=worker_id, name=name, engine=engine, started_at=now, seen_at=now)


def seen(worker_id: UUID, *, now: datetime) -> None:
    """Note that the worker lives."""
    Worker.objects.filter(pk=worker_id).update(seen_at=now)


def woken(worker_id: UUID, *, now: datetime) -> None:
    """Note that a message of the broker has reached the worker."""
    Worker.objects.filter(pk=worker_id).update(woken_at=now)


def leave(worker_id: UUID) -> None:
    """Take the row away when the worker stops in order."""
    Worker.objects.filter(pk=worker_id).delete()
