"""The audit log in the admin: searched and read."""

from django.contrib import admin

from warehouse.tenancy.admin.watched import ReadOnly
from warehouse.tenancy.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    """Who did what to what, newest first."""

    list_display = ("at", "organization_slug", "who", "action", "target", "ip")
    list_filter = ("action", "organization_slug")
    search_fields = ("=actor", "actor_name", "action", "target", "=request_id", "=ip")
    date_hierarchy = "at"
    show_full_result_count = False
    fields = (
        *("at", "organization_slug", "organization_id", "actor", "actor_name", "action"),
        *("target", "details", "ip", "request_id"),
    )

    @admin.display(description="who", ordering="actor")
    def who(self, entry: AuditEntry) -> str:
        """Return the name people know, and the subject."""
        return f"{entry.actor_name} ({entry.actor})" if entry.actor_name else entry.actor
