"""Reports, jobs and what leaves by itself, in the admin."""

from reports.admin import outgoing, protocol

__all__ = ("outgoing", "protocol")
