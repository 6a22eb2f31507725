"""What travels over a socket: the client's frames read strictly, the server's encoded once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from reports.kinds import fields
from reports.ws.subscription import Topic
from warehouse.exceptions import FieldError, InvalidRequest, WarehouseError

LONGEST = 4096
FIELDS = {"subscribe": ("type", "topic"), "unsubscribe": ("type", "topic"), "ping": ("type",)}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of the client; `body` holds the fields that are its topic's own."""

    type: str
    topic: str | None
    body: Mapping[str, Any]


def read(text: str | None, topics: Mapping[str, Topic]) -> Frame:
    """Return the frame in `text` (None: it was binary); raises `InvalidRequest`."""
    if text is None or len(text) > LONGEST:
        raise InvalidRequest(f"A frame is JSON text of at most {LONGEST} characters.")
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise InvalidRequest("The frame is not valid JSON.") from exc
    if not isinstance(body, dict):
        raise InvalidRequest('A frame is a JSON object such as {"type": "ping"}.')
    errors = _errors(body, topics)
    if errors:
        raise fields.invalid(errors)
    own = {name: value for name, value in body.items() if name not in FIELDS["subscribe"]}
    return Frame(body["type"], body.get("topic"), own)


def encode(kind: str, **content: Any) -> str:
    """Return the text of a server message of this type."""
    return orjson.dumps({"type": kind, **content}).decode()


def error(exc: WarehouseError, topic: str | None = None) -> str:
    """Return the `error` message that tells the client about `exc`, of a topic if it is of one."""
    return refusal(exc.to_problem(), topic)


def refusal(problem: Mapping[str, Any], topic: str | None = None) -> str:
    """Return the `error` message with this problem document."""
    return encode("error", error=problem, **({"topic": topic} if topic else {}))


def _errors(body: Mapping[str, Any], topics: Mapping[str, Topic]) -> list[FieldError]:
    kind, topic = body.get("type"), body.get("topic")
    if not isinstance(kind, str) or kind not in FIELDS:
        return fields.unknown([kind or ""], tuple(FIELDS), what="frame type", at="type")
    known = isinstance(topic, str) and topic in topics
    errors = []
    if not known and (kind == "subscribe" or (kind == "unsubscribe" and topic is not None)):
        errors += fields.unknown([topic or ""], tuple(topics), what="topic", at="topic")
    own = topics[str(topic)] if known and kind == "subscribe" else None
    if own is None and kind == "subscribe":
        return errors
    errors += fields.unknown(body, (*FIELDS[kind], *(own.fields if own else ())))
    return errors + (own.check(body) if own else [])
