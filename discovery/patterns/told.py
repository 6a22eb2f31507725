"""A pattern as it was found: what its row, the answer's row and the document of it are made of."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import orjson

from discovery.patterns.rules import Filter
from warehouse.answer import rfc3339
from warehouse.language.query import Query, Window
from warehouse.series import Row


@dataclass(frozen=True, slots=True)
class Told:
    """All that is told of a pattern; its id follows from organization and fingerprint."""

    id: uuid.UUID
    fingerprint: str
    kind: str
    confidence: float
    sample_size: int
    window: Window
    timezone: str
    include_bots: bool
    traffic_sources: list[str]
    geo_regions: list[str]
    device_types: list[str]
    hours: list[int]
    suggested_name: str
    estimated_value: Decimal
    potential_reach: int
    filters: list[Filter]
    explanation: str


def row(query: Query, one: Told) -> Row:
    """Return a pattern as a row of the answer: lists and rules are JSON."""
    return (
        query.organization,
        str(one.id),
        one.kind,
        one.confidence,
        one.sample_size,
        _json(time_range(one.window, one.timezone)),
        one.timezone,
        _json(one.traffic_sources),
        _json(one.geo_regions),
        _json(one.device_types),
        _json(one.hours),
        one.suggested_name,
        one.estimated_value,
        one.potential_reach,
        _json(one.filters),
        one.explanation,
    )


def time_range(window: Window, zone: str) -> dict[str, str]:
    """Return a window as requests name it, by the clocks of `zone`."""
    return {"start": rfc3339(window.start, zone), "end": rfc3339(window.end, zone)}


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
