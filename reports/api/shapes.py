"""Small schemas that the OpenAPI document is put together from."""

from collections.abc import Sequence
from typing import Any

from reports.formats import FORMATS
from reports.limits import SUBMITTED
from warehouse.language import catalog
from warehouse.language.body import MOST_NAMES

Schema = dict[str, Any]


def reference(name: str) -> Schema:
    """Return a reference to the component `name`."""
    return {"$ref": f"#/components/schemas/{name}"}


def nullable(schema: Schema) -> Schema:
    """Return `schema`, or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def closed(properties: Schema, required: Sequence[str] = ()) -> Schema:
    """Return an object that has these properties and no other."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def several(schema: Schema, **bounds: Any) -> Schema:
    """Return a list of `schema`."""
    return {"type": "array", "items": schema, **bounds}


def commas(names: Sequence[str]) -> Schema:
    """Return the schema of some of `names`, by commas."""
    one = "|".join(names)
    return {"type": "string", "pattern": f"^({one})(,({one}))*$"}


def commas_or_nothing(names: Sequence[str]) -> Schema:
    """Return the schema of some of `names`, by commas, or of all by none."""
    return {"type": "string", "pattern": f"^$|{commas(names)['pattern']}"}


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}
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
