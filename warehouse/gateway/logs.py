"""Log lines as JSON, one object a line, with the request and the organization they belong to."""

import logging
from datetime import UTC, datetime

import orjson

from warehouse.gateway import context
from warehouse.gateway.secrecy import hide

EXTRAS = ("milliseconds", "job", "report", "batch", "queue")


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; what does not apply is left out."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": hide(record.getMessage()),
            "request_id": context.request_id.get(),
            "organization": context.organization.get(),
        }
        line |= {name: getattr(record, name) for name in EXTRAS if hasattr(record, name)}
        if record.exc_info:
            line["trace"] = hide(self.formatException(record.exc_info))
        kept = {name: value for name, value in line.items() if value != ""}
        return orjson.dumps(kept, default=str).decode()
