"""Reads the bodies and filters of these doors; every fault is noted in the `Body`."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from warehouse.language.body import Body
from warehouse.tenancy.invitations import LONGEST_EMAIL

PAGING = ("limit", "cursor")


def body_of(request: Request, known: Sequence[str]) -> Body:
    """Return the request's body, unknown fields noted; an absent one is an empty object."""
    body = Body(cast("Mapping[str, Any]", request.data or {}))
    body.check_keys(known)
    return body


def filters_of(request: Request, known: Sequence[str] = ()) -> Body:
    """Return the filters in the query string as texts, unknown ones noted."""
    filters = Body({name: ",".join(request.GET.getlist(name)) for name in request.GET})
    filters.check_keys((*known, *PAGING))
    return filters


def text(body: Body, key: str, most: int) -> str:
    """Return a text of 1 to `most` printable characters."""
    value = body.given.get(key)
    if isinstance(value, str) and 1 <= len(value) <= most and value.isprintable():
        return value
    body.faults.add(key, "invalid", f"Must be a text of 1 to {most} printable characters.")
    return ""


def email(body: Body, key: str) -> str:
    """Return an e-mail address."""
    value = body.given.get(key)
    value = value if isinstance(value, str) and len(value) <= LONGEST_EMAIL else ""
    try:
        validate_email(value)
    except ValidationError:
        detail = f"Must be an e-mail address of at most {LONGEST_EMAIL} characters."
        body.faults.add(key, "invalid", detail)
        return ""
    return value


def choice(body: Body, key: str, known: Sequence[str], default: str | None = None) -> str:
    """Return one of the known words; without a default one must be given."""
    if body.given.get(key) is None and default is None:
        body.faults.add(key, "required", f"One of: {', '.join(known)}.")
    return body.choice(key, known) or default or known[0]


def instant(body: Body, key: str) -> datetime | None:
    """Return an RFC 3339 time with its offset, or None where none was given."""
    value = body.given.get(key)
    if value is None:
        return None
    try:
        # In an address a plus sign that was not escaped has become a space on its way here.
        found = parse_datetime(value.replace(" ", "+")) if isinstance(value, str) else None
        if found is not None and found.tzinfo is not None:
            return found.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    body.faults.add(key, "invalid", "Must be an RFC 3339 time with its offset.")
    return None


def words(body: Body, key: str) -> list[str]:
    """Return the words of a filter, by commas."""
    return [word for word in str(body.given.get(key, "")).split(",") if word]
