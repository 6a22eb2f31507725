"""Reports, jobs and what leaves by itself, in the admin."""

from reports.admin import protocol, schedules, webhooks

__all__ = ("protocol", "schedules", "webhooks")
