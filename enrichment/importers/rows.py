"""What every reader of a file yields: an event or the reason why there is none."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from enrichment.fields import FIELDS

NUMBERS = {
    "page_views": int, "session_duration": int, "bounce_rate": float,
}  # fmt: skip
PROPERTY_PREFIX = "properties."


@dataclass(frozen=True, slots=True)
class Row:
    """Row `line` of a file (counted from 1) as it stood there: its event, or what is wrong."""

    line: int
    event: dict[str, Any] | None
    raw: Any
    reason: str = ""


Reader = Callable[[IO[bytes]], Iterator[Row]]


def event_of(cells: dict[str, Any]) -> dict[str, Any]:
    """Return the event of a flat record: columns that are no field become properties.

    Empty cells count as absent; raises ValueError for a number that is none.
    """
    event: dict[str, Any] = {}
    properties: dict[str, Any] = {}
    for name, value in cells.items():
        if value in (None, ""):
            continue
        if name in FIELDS and name != "properties":
            event[name] = _number(name, value) if name in NUMBERS else value
        else:
            properties[name.removeprefix(PROPERTY_PREFIX)] = value
    if properties:
        event["properties"] = properties
    return event


def _number(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return NUMBERS[name](value)
    except ValueError:
        raise ValueError(f"{name}: must be a number") from None
