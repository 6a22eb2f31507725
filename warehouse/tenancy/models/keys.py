"""API keys as they are kept: never a token, only what recognizes one."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models

from warehouse.tenancy.models.organization import Organization
from warehouse.tenancy.principal import SCOPES

KINDS = ("secret", "public")
"""A public key stands in the pages of a site and can do nothing but send events."""


def check_scopes(scopes: list[str]) -> None:
    """Raise ValidationError naming the first unknown scope."""
    for scope in scopes:
        if scope not in SCOPES:
            raise ValidationError("%(scope)s is not a scope", params={"scope": scope})


class ApiKey(models.Model):
    """A token of an organization; only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, validators=[check_scopes])
    kind = models.CharField(max_length=8, default="secret", choices=[(k, k) for k in KINDS])
    replaces = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        editable=False,
        on_delete=models.SET_NULL,
        related_name="successors",
        help_text="The key this one was rotated from.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
