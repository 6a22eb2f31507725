"""Every name a question may use: metrics, dimensions and the fields filters may test."""

from dataclasses import dataclass

PROPERTY = "properties."
LONGEST_PROPERTY = 200


@dataclass(frozen=True, slots=True)
class Field:
    """A column of an event: its kind decides which values and operators make sense."""

    name: str
    kind: str
    dimension: bool = True


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure about a set of events; `kind` is integer or decimal."""

    name: str
    kind: str


def _fields(kind: str, *names: str, dimension: bool = True) -> dict[str, Field]:
    return {name: Field(name, kind, dimension) for name in names}


METRICS: dict[str, Metric] = {
    name: Metric(name, "decimal" if name == "revenue" else "integer")
    for name in (
        "events",
        "visitors",
        "sessions",
        "page_views",
        "clicks",
        "conversions",
        "revenue",
    )
}
FIELDS: dict[str, Field] = {
    **_fields("string", "event_name", "event_id", "visitor_id", "session_id", "click_id"),
    **_fields("string", "campaign_id", "source", "medium", "term", "content", "channel"),
    **_fields("string", "url", "hostname", "path", "referrer", "referrer_host"),
    **_fields("string", "conversion_event", "currency", "device_type", "browser", "os"),
    **_fields("string", "country", "region", "city", "timezone", "batch_id"),
    **_fields("string", "campaign_assignment"),
    **_fields("boolean", "is_mobile", "is_bot", "enriched"),
    **_fields("integer", "session_duration"),
    **_fields("number", "bounce_rate", "fraud_score", "quality_score"),
    **_fields("decimal", "conversion_value"),
    **_fields("date", "event_date"),
    **_fields("time", "event_time", "conversion_time", "enriched_at", "received_at"),
    **_fields("list", "fraud_flags", dimension=False),
}
DIMENSIONS = frozenset(name for name, field in FIELDS.items() if field.dimension)


def field(name: str) -> Field | None:
    """Return the event field called `name`, or None; `properties.NAME` is one for any NAME."""
    if name.startswith(PROPERTY):
        usable = len(PROPERTY) < len(name) <= LONGEST_PROPERTY and name.isprintable()
        return Field(name, "property") if usable else None
    return FIELDS.get(name)


def dimension(name: str) -> Field | None:
    """Return the field called `name` if answers may be broken down by it."""
    found = field(name)
    return found if found and found.dimension else None
