"""The first answers given under Idempotency-Keys."""

import uuid

from django.db import models


class IdempotencyRecord(models.Model):
    """The answer a POST got the first time; written in one transaction with the POST's effect."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization_id = models.UUIDField()
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    body_digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization_id", "route", "key"), name="one_answer_a_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.route} {self.key}"
