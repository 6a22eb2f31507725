"""Organization, Membership and ApiKey: who owns data and who may touch it."""

import secrets
import uuid
import zoneinfo
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from warehouse.tenancy.principal import EXPORT_ROWS, REPORT_SECONDS, ROLES, SCOPES, Tenant


def new_salt() -> str:
    """Return a fresh secret for hashing an organization's visitors."""
    return secrets.token_hex(32)


def check_timezone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in zoneinfo.available_timezones():
        raise ValidationError("%(name)s is not an IANA time zone", params={"name": name})


def check_scopes(scopes: list[str]) -> None:
    """Raise ValidationError naming the first unknown scope."""
    for scope in scopes:
        if scope not in SCOPES:
            raise ValidationError("%(scope)s is not a scope", params={"scope": scope})


class Organization(models.Model):
    """A tenant: its events, reports and keys are nobody else's."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, max_length=63)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC", validators=[check_timezone])
    currency = models.CharField(
        max_length=3, default="USD", validators=[RegexValidator(r"^[A-Z]{3}$")]
    )
    currency_rates = models.JSONField(
        default=dict,
        blank=True,
        help_text='What one unit of another currency is worth in ours, e.g. {"EUR": "1.08"}.',
    )
    rows_per_query = models.BigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many rows one question may read; empty means any number.",
    )
    jobs_at_once = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many of its jobs may run at once; empty means as the installation says.",
    )
    report_seconds = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(60), MaxValueValidator(REPORT_SECONDS)],
        help_text=f"How many seconds a report may run, at least 60; empty means {REPORT_SECONDS}.",
    )
    export_rows = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(EXPORT_ROWS)],
        help_text=f"How many rows a report may have; empty means {EXPORT_ROWS:,}.",
    )
    result_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="How many days results are kept; empty means as the installation says.",
    )
    visitor_salt = models.CharField(max_length=64, default=new_salt, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug

    def as_tenant(self) -> Tenant:
        """Return the plain value the domain works with."""
        return Tenant(
            id=str(self.id),
            slug=self.slug,
            timezone=self.timezone,
            currency=self.currency,
            currency_rates={code: Decimal(str(rate)) for code, rate in self.currency_rates.items()},
            rows_per_query=self.rows_per_query,
            report_seconds=self.report_seconds or REPORT_SECONDS,
            export_rows=self.export_rows or EXPORT_ROWS,
        )


class Membership(models.Model):
    """A person's role in an organization."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=16, choices=[(role, role) for role in ROLES])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("user", "organization"), name="one_role_per_member"),
        )

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.organization}"


class ApiKey(models.Model):
    """A token of an organization; only its SHA-256 is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=16, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list, validators=[check_scopes])
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"
