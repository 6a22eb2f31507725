"""Pieces that the schemas of the OpenAPI document are put together from."""

from collections.abc import Sequence
from typing import Any

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


ID: Schema = {"type": "string", "format": "uuid"}
FLAG: Schema = {"type": "boolean"}
TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
INSTANT: Schema = {"type": "string", "format": "date-time"}
URI: Schema = {"type": "string", "format": "uri"}


def page_of(name: str) -> Schema:
    """Return the schema of one page of the component `name`."""
    return closed({"items": several(reference(name)), "next": nullable(URI)}, ("items", "next"))
