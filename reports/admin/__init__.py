"""Reports, jobs and what leaves by itself, in the admin."""

from reports.admin import protocol

__all__ = ("protocol",)
