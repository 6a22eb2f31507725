"""Rows of discovery: patterns that were found, and campaigns that reach back in time."""

import uuid

from django.db import models

from warehouse.tenancy.models import Organization

PATTERN_KINDS = ("cluster", "anomaly")
DRAFT, APPLYING, APPLIED, UNDOING, UNDONE = CAMPAIGN_STATES = (
    "draft", "applying", "applied", "undoing", "undone",
)  # fmt: skip


class Pattern(models.Model):
    """Traffic without a campaign that belongs together; `filters` are the rule that finds it.

    Found again it is the same row (`fingerprint`), so a dismissal lasts.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    fingerprint = models.CharField(max_length=64, help_text="Digest of kind and rule.")
    kind = models.CharField(max_length=8, choices=[(kind, kind) for kind in PATTERN_KINDS])
    confidence = models.FloatField(help_text="0 to 1.")
    sample_size = models.BigIntegerField(help_text="Events that the rule finds in the time range.")
    start = models.DateTimeField()
    end = models.DateTimeField(help_text="The first instant that is not in the time range.")
    timezone = models.CharField(max_length=64)
    include_bots = models.BooleanField(default=False)
    traffic_sources = models.JSONField(default=list)
    geo_regions = models.JSONField(default=list)
    device_types = models.JSONField(default=list)
    hours = models.JSONField(default=list)
    suggested_name = models.CharField(max_length=200)
    estimated_value = models.DecimalField(max_digits=38, decimal_places=4)
    potential_reach = models.BigIntegerField(help_text="Visitors that the rule finds.")
    filters = models.JSONField(help_text="The rule, in the filter language.")
    explanation = models.TextField()
    found_at = models.DateTimeField()
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "fingerprint"), name="one_row_a_pattern"
            ),
        )
        indexes = (
            models.Index(
                fields=("organization", "-estimated_value", "-id"), name="patterns_by_value"
            ),
        )

    def __str__(self) -> str:
        return self.suggested_name


class Campaign(models.Model):
    """A campaign that attributes events which nobody had attributed: its rule says which.

    `campaign_id` is what its events say once it is applied; the row's own id stands beside it in
    their `campaign_assignment`, by which they are found again when it is undone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    campaign_id = models.CharField(max_length=256)
    pattern = models.ForeignKey(Pattern, models.SET_NULL, null=True, related_name="campaigns")
    filters = models.JSONField(help_text="The rule, in the filter language.")
    start = models.DateTimeField()
    end = models.DateTimeField(help_text="The first instant that is not in the time range.")
    timezone = models.CharField(max_length=64, help_text="In which the rule tells days and hours.")
    ongoing = models.BooleanField(
        default=False, help_text="Events that come later are its own too."
    )
    state = models.CharField(
        max_length=8, default=DRAFT, choices=[(state, state) for state in CAMPAIGN_STATES]
    )
    errand = models.UUIDField(null=True, help_text="The latest that did something with it.")
    preview = models.JSONField(null=True, help_text="What applying it would move.")
    moved = models.JSONField(null=True, help_text="What applying it has moved.")
    ongoing_since = models.DateTimeField(
        null=True, help_text="Since when it is given events as they are stored."
    )
    subject = models.CharField(max_length=64, help_text="Who made it: user:ID or key:ID.")
    subject_name = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("organization", "campaign_id"), name="one_row_a_campaign"
            ),
        )
        indexes = (
            models.Index(fields=("organization", "-created_at", "-id"), name="campaigns_newest"),
            models.Index(
                fields=("organization", "ongoing_since"),
                condition=models.Q(ongoing_since__isnull=False),
                name="campaigns_that_go_on",
            ),
        )

    def __str__(self) -> str:
        return self.name
