"""The JSON bodies that ask for an erasure or an export."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from warehouse.custody.orders import LONGEST_VISITOR
from warehouse.exceptions import FieldError, InvalidRequest

ERASURE = ("visitor_id", "organization", "users")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be erased: a visitor, or else the organization whose slug was typed."""

    visitor_id: str | None
    organization: str | None
    users: bool


def erasure(request: Request) -> Wanted:
    """Return what a body asks to erase; raises `InvalidRequest` naming every bad field."""
    body = _object(request, ERASURE)
    errors = []
    visitor, organization = body.get("visitor_id"), body.get("organization")
    users = body.get("users", False)
    if (visitor is None) == (organization is None):
        errors.append(_bad("visitor_id", "Give either `visitor_id` or `organization`."))
    for name, value in (("visitor_id", visitor), ("organization", organization)):
        if value is not None and not (isinstance(value, str) and 0 < len(value) <= LONGEST_VISITOR):
            errors.append(_bad(name, f"A text of 1 to {LONGEST_VISITOR} characters."))
    if not isinstance(users, bool):
        errors.append(_bad("users", "True or false."))
    elif users and organization is None:
        errors.append(_bad("users", "Only beside `organization`."))
    if errors:
        raise InvalidRequest(errors=errors)
    return Wanted(visitor, organization, users)


def empty(request: Request) -> None:
    """Raise `InvalidRequest` for a body that says anything."""
    _object(request, ())


def _object(request: Request, known: tuple[str, ...]) -> Mapping[str, Any]:
    body: Any = request.data
    if body is None:
        return {}
    if not isinstance(body, Mapping):
        raise InvalidRequest(errors=[_bad("body", "This must be a JSON object.")])
    unknown = [name for name in body if name not in known]
    if unknown:
        raise InvalidRequest(errors=[_unknown(name, known) for name in unknown])
    return body


def _unknown(name: str, known: tuple[str, ...]) -> FieldError:
    near = difflib.get_close_matches(name, known)
    hint = f"; did you mean {' or '.join(near)}?" if near else "."
    return FieldError(name, "unknown", f"There is no such field{hint}")


def _bad(field: str, detail: str) -> FieldError:
    return FieldError(field, "invalid", detail)
