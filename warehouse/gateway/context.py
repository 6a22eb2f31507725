"""What every log line of a request carries: its id and, once known, its organization."""

import re
import uuid
from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
organization: ContextVar[str] = ContextVar("organization", default="")

_ACCEPTED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def take_request_id(offered: str) -> str:
    """Return the id the caller offered, or a new one when it is absent or odd."""
    return offered if _ACCEPTED.fullmatch(offered) else uuid.uuid4().hex
