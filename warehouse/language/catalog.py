"""Every name a question may use: looked up here, and described for whoever asks."""

from typing import Any

from warehouse.language.fields import FIELDS, LONGEST_PROPERTY, PROPERTY, Field
from warehouse.language.metrics import METRICS, Metric
from warehouse.language.values import BY_KIND

DIMENSIONS = frozenset(name for name, one in FIELDS.items() if one.dimension)

__all__ = ["DIMENSIONS", "FIELDS", "LONGEST_PROPERTY", "METRICS", "PROPERTY", "Field", "Metric"]


def field(name: str) -> Field | None:
    """Return the event field called `name`, or None; `properties.NAME` is one for any NAME."""
    if name.startswith(PROPERTY):
        usable = len(PROPERTY) < len(name) <= LONGEST_PROPERTY and name.isprintable()
        return Field(name, "property", "A property of the sender's.") if usable else None
    return FIELDS.get(name)


def dimension(name: str) -> Field | None:
    """Return the field called `name` if answers may be broken down by it."""
    found = field(name)
    return found if found and found.dimension else None


def describe() -> dict[str, list[dict[str, Any]]]:
    """Return the whole catalog as plain data: metrics, dimensions, and fields only filtered by."""
    properties = Field(f"{PROPERTY}NAME", "property", "Any property of the sender's, by its name.")
    every = (*FIELDS.values(), properties)
    return {
        "metrics": [_metric(one) for one in METRICS.values()],
        "dimensions": [_field(one) for one in every if one.dimension],
        "filters": [_field(one) for one in every if not one.dimension],
    }


def _metric(one: Metric) -> dict[str, Any]:
    return {
        "name": one.name,
        "definition": one.definition,
        "type": one.kind,
        "unit": one.unit,
        "adds_up": one.adds_up,
        "figures": list(one.figures),
        "operators": sorted(BY_KIND[one.kind]),
    }


def _field(one: Field) -> dict[str, Any]:
    return {
        "name": one.name,
        "definition": one.definition,
        "type": "string" if one.kind == "property" else one.kind,
        "scope": one.scope,
        "operators": sorted(BY_KIND[one.kind]),
    }
