"""The rows of reports: the protocol of asking and answering, and what is sent out of itself."""

from reports.models.outgoing import Attempt, Delivery, Firing, Schedule, Webhook
from reports.models.protocol import (
    JOB_STATES,
    LIVE,
    STATUSES,
    EventCursor,
    Job,
    Report,
    ReportEvent,
    ResultFile,
    Turn,
)

__all__ = (
    "JOB_STATES",
    "LIVE",
    "STATUSES",
    "Attempt",
    "Delivery",
    "EventCursor",
    "Firing",
    "Job",
    "Report",
    "ReportEvent",
    "ResultFile",
    "Schedule",
    "Turn",
    "Webhook",
)
