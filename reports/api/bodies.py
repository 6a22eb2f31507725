"""The JSON objects that POST endpoints take: anything else, and any unknown field, is refused."""

from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework.request import Request

from reports.kinds import fields
from warehouse.exceptions import FieldError, InvalidRequest


def read(request: Request, known: Sequence[str]) -> dict[str, Any]:
    """Return the body with `known` fields only; raises `InvalidRequest`."""
    body = read_any(request)
    errors = fields.unknown(body, known)
    if errors:
        raise fields.invalid(errors)
    return body


def read_any(request: Request) -> dict[str, Any]:
    """Return the body as an object, whatever its fields; an absent body is an empty object."""
    body = request.data
    if isinstance(body, Mapping) or body is None:
        return dict(body or {})
    raise InvalidRequest(
        "The body must be a JSON object.",
        errors=[FieldError("body", "invalid", "This must be a JSON object.")],
    )
