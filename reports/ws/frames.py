"""What travels over a socket: the client's frames read strictly, the server's encoded once."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from reports.kinds import fields
from warehouse.exceptions import FieldError, InvalidRequest, WarehouseError

LONGEST = 4096
TOPICS = ("reports",)
FIELDS = {
    "subscribe": ("type", "topic", "since", "report"),
    "unsubscribe": ("type", "topic"),
    "ping": ("type",),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the client: the last cursor it saw, and the only report it wants, if any."""

    type: str
    topic: str = "reports"
    since: int | None = None
    report: str | None = None


def read(text: str | None) -> Frame:
    """Return the frame in `text` (None: it was binary); raises `InvalidRequest`."""
    if text is None or len(text) > LONGEST:
        raise InvalidRequest(f"A frame is JSON text of at most {LONGEST} characters.")
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise InvalidRequest("The frame is not valid JSON.") from exc
    if not isinstance(body, dict):
        raise InvalidRequest('A frame is a JSON object such as {"type": "ping"}.')
    errors = _errors(body)
    if errors:
        raise fields.invalid(errors)
    report = body.get("report")
    return Frame(
        type=body["type"],
        topic=body.get("topic", "reports"),
        since=body.get("since"),
        report=str(uuid.UUID(report)) if report else None,
    )


def encode(kind: str, **content: Any) -> str:
    """Return the text of a server message of this type."""
    return orjson.dumps({"type": kind, **content}).decode()


def error(exc: WarehouseError) -> str:
    """Return the `error` message that tells the client about `exc`."""
    return encode("error", error=exc.to_problem())


def _errors(body: Mapping[str, Any]) -> list[FieldError]:
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        return fields.unknown([kind or ""], tuple(FIELDS), what="frame type", at="type")
    errors = fields.unknown(body, FIELDS[kind])
    topic = body.get("topic")
    if kind != "ping" and topic not in TOPICS:
        errors += fields.unknown([topic or ""], TOPICS, what="topic", at="topic")
    if not _is_cursor(body.get("since")):
        errors.append(FieldError("since", "invalid", "This is the last cursor you saw, or null."))
    if not _is_report(body.get("report")):
        errors.append(FieldError("report", "invalid", "This is the id of a report, or null."))
    return errors


def _is_cursor(value: object) -> bool:
    return value is None or (type(value) is int and 0 <= value < 2**63)


def _is_report(value: object) -> bool:
    if not isinstance(value, str):
        return value is None
    try:
        uuid.UUID(value)
    except ValueError:
        return False
    return True
