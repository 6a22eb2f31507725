"""Pieces that the schemas of reports are put together from, and those of every door."""

from collections.abc import Sequence

from reports.formats import FORMATS
from reports.limits import SUBMITTED
from warehouse.gateway.shapes import (
    COUNT,
    INSTANT,
    TEXT,
    Schema,
    closed,
    commas,
    nullable,
    reference,
    several,
)
from warehouse.language import catalog
from warehouse.language.body import MOST_NAMES

__all__ = [
    "BREAKDOWN", "COUNT", "DIMENSION", "DIMENSIONS", "FLAG", "FORMAT", "INSTANT", "PRIORITY",
    "PROPERTY", "SCALAR", "TEXT", "Schema", "closed", "commas", "commas_or_nothing",
    "nullable", "reference", "several",
]  # fmt: skip


def commas_or_nothing(names: Sequence[str]) -> Schema:
    """Return the schema of some of `names`, by commas, or of all by none."""
    return {"type": "string", "pattern": f"^$|{commas(names)['pattern']}"}


SCALAR: Schema = {"type": ["string", "number", "boolean"]}
FLAG: Schema = {"type": "boolean", "default": False}
FORMAT: Schema = {"type": "string", "enum": list(FORMATS)}
PRIORITY: Schema = {
    "type": "string",
    "enum": list(SUBMITTED),
    "default": SUBMITTED[0],
    "description": "Bulk reports give way to everything else for some minutes.",
}
PROPERTY: Schema = {
    "type": "string",
    "pattern": r"^properties\..+$",
    "maxLength": catalog.LONGEST_PROPERTY,
}
DIMENSION: Schema = {"anyOf": [{"type": "string", "enum": sorted(catalog.DIMENSIONS)}, PROPERTY]}
DIMENSIONS = several(DIMENSION, uniqueItems=True, maxItems=MOST_NAMES)
BREAKDOWN: Schema = {"anyOf": [DIMENSION, DIMENSIONS]}
