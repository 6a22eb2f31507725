"""ErasedOrganization: an organization that nobody brings back."""

from django.db import models


class ErasedOrganization(models.Model):
    """Said from the moment an erasure is asked for, and kept when nothing else is left.

    An organization that somebody else vouches for would be served, and have a row, once more.
    """

    organization_id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(help_text="When its erasure was asked for.")

    def __str__(self) -> str:
        return f"{self.organization_id} erased since {self.at:%Y-%m-%d}"
