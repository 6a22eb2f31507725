"""EventMonth: how many events an organization sent in a calendar month."""

from django.db import models

from warehouse.tenancy.models.organization import Organization


class EventMonth(models.Model):
    """Events accepted for an organization in a month of UTC, counted with each batch's commit."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="event_months", db_index=False
    )
    month = models.DateField(help_text="The first day of the month.")
    events = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-month",)
        constraints = (
            models.UniqueConstraint(fields=("organization", "month"), name="one_row_per_month"),
        )

    def __str__(self) -> str:
        return f"{self.events} events in {self.month:%Y-%m}"
