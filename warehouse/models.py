"""Relational rows about the engine: what each day holds, and which workers are alive."""

import uuid

from django.db import models


class Day(models.Model):
    """What one organization's day (UTC) holds; `revision` rises whenever its stored rows change."""

    organization_id = models.UUIDField()
    day = models.DateField()
    rows = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    revision = models.BigIntegerField(default=0)
    watermark = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("organization_id", "day"), name="one_row_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.organization_id} {self.day}"


class Worker(models.Model):
    """A worker process: `seen_at` says it lives, `woken_at` that hints reach it through Celery."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name = models.CharField(max_length=200)
    engine = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    woken_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name
