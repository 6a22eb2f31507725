"""Organization: who owns data, what it may use, and how it wants to be served."""

import functools
import re
import secrets
import uuid
import zoneinfo
from dataclasses import fields
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from warehouse.tenancy.plans import DEFAULT_PLAN, PLANS, Limits
from warehouse.tenancy.principal import EXPORT_ROWS, REPORT_SECONDS, Tenant

WEEK_STARTS = ("monday", "sunday")
HOST = re.compile(
    r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)


timezones = functools.cache(zoneinfo.available_timezones)
"""Every IANA name; finding them reads hundreds of files, some 25 ms, so once a process."""


def new_salt() -> str:
    """Return a fresh secret for hashing an organization's visitors."""
    return secrets.token_hex(32)


def check_timezone(name: str) -> None:
    """Raise ValidationError unless `name` is an IANA time zone."""
    if name not in timezones():
        raise ValidationError("%(name)s is not an IANA time zone", params={"name": name})


def check_hosts(hosts: object) -> None:
    """Raise ValidationError unless `hosts` is a list of host names, `*.` allowed in front."""
    if not isinstance(hosts, list):
        raise ValidationError("must be a list of host names")
    for host in hosts:
        if not isinstance(host, str) or len(host) > 253 or not HOST.fullmatch(host):
            raise ValidationError("%(host)s is not a host name", params={"host": host})


def _limit(meaning: str) -> "models.PositiveBigIntegerField[int | None, int | None]":
    return models.PositiveBigIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=f"{meaning}; empty means what the plan allows.",
    )


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
    plan = models.CharField(
        max_length=16, default=DEFAULT_PLAN, choices=[(plan, plan) for plan in PLANS]
    )
    requests_per_minute = _limit("How many API requests a minute")
    events_per_minute = _limit("How many events may be sent a minute")
    events_per_month = _limit("How many events may be sent in a calendar month of UTC")
    sockets = _limit("How many WebSockets may be open at once")
    retention_days = _limit("How many days events are kept")
    store_ip = models.BooleanField(
        default=False, help_text="Store the sender's raw IP address with each event."
    )
    bot_filter = models.BooleanField(
        default=True, help_text="Leave bots out of reports that do not ask for them."
    )
    allowed_hosts = models.JSONField(
        default=list,
        blank=True,
        validators=[check_hosts],
        help_text='Sites whose pages may send events, e.g. ["example.com", "*.shop.example"].',
    )
    week_start = models.CharField(
        max_length=6, default="monday", choices=[(day, day) for day in WEEK_STARTS]
    )
    visitor_salt = models.CharField(max_length=64, default=new_salt, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    suspended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("slug",)

    def __str__(self) -> str:
        return self.slug

    def clean(self) -> None:
        """Take an emptied field of a form for an empty value."""
        self.currency_rates = self.currency_rates or {}
        self.allowed_hosts = self.allowed_hosts or []

    def limits(self) -> Limits:
        """Return its own limits, and the plan's where it has none."""
        allowed = PLANS[self.plan]
        names = [each.name for each in fields(Limits)]
        return Limits(**{name: getattr(self, name) or getattr(allowed, name) for name in names})

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
            limits=self.limits(),
            store_ip=self.store_ip,
            bot_filter=self.bot_filter,
            allowed_hosts=tuple(self.allowed_hosts),
            week_start=self.week_start,
        )
