"""What of an organization was copied to a dataset, and which worker is at it."""

from django.db import models


class Copy(models.Model):
    """An organization's copy in one dataset: who is at it, under which fence, how it went last.

    There before anything reaches the dataset, so that who erases knows where to look.
    """

    organization_id = models.UUIDField()
    place = models.CharField(max_length=300, help_text="PROJECT.DATASET")
    fence = models.BigIntegerField(default=0)
    owner = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    run_after = models.DateTimeField()
    served_at = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "copies"
        constraints = (
            models.UniqueConstraint(fields=("organization_id", "place"), name="one_copy_a_place"),
        )

    def __str__(self) -> str:
        return f"{self.organization_id} in {self.place}"


class CopiedDay(models.Model):
    """A day (UTC) that was copied: the revision it had; -1 while its first copy is not proven."""

    organization_id = models.UUIDField()
    place = models.CharField(max_length=300, help_text="PROJECT.DATASET")
    day = models.DateField()
    revision = models.BigIntegerField(default=-1)
    rows = models.BigIntegerField(default=0)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization_id", "place", "day"), name="one_copy_a_day"
            ),
        )

    def __str__(self) -> str:
        return f"{self.organization_id} {self.day} in {self.place}"
