"""Lists in pages: `{"items": […], "next": URL|null}`, by cursor, newest first.

A cursor is the place of the last row shown, not a number of rows, so rows that arrive meanwhile
neither repeat others nor hide them.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.db.models import Model, Q, QuerySet
from rest_framework.request import Request

from warehouse.exceptions import FieldError, InvalidRequest

DEFAULT_LIMIT = 50
MOST = 200
MOST_KEY = 2**63
Row = TypeVar("Row", bound=Model)


def moment(text: str) -> datetime:
    """Read a time with its offset; raises `ValueError` for anything else."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC)


def page(
    request: Request,
    rows: QuerySet[Row],
    shape: Callable[[Sequence[Row]], list[Any]],
    *,
    time: str = "created_at",
    place: Callable[[str], Any] = moment,
) -> dict[str, Any]:
    """Return one page of `rows`, ordered by the field `time` and the primary key, newest first.

    The field may be another than a time: `place` reads its value from a text, or raises
    `ValueError` or `ArithmeticError`. `shape` gets the rows of the page together, so that what it
    looks up it looks up once.

    Reads `limit` (1 to 200, default 50) and `cursor` from the query string; raises `InvalidRequest`
    naming every bad one.
    """
    limit, cursor = _read(request, place)
    if cursor is not None:
        at, key = cursor
        rows = rows.filter(Q(**{f"{time}__lt": at}) | Q(**{time: at, "pk__lt": key}))
    found = list(rows.order_by(f"-{time}", "-pk")[: limit + 1])
    shown = found[:limit]
    more = len(found) > limit
    return {
        "items": shape(shown),
        "next": _next(request, getattr(shown[-1], time), shown[-1].pk) if more else None,
    }


def _read(request: Request, place: Callable[[str], Any]) -> tuple[int, tuple[Any, Any] | None]:
    errors = []
    text = request.GET.get("limit", str(DEFAULT_LIMIT))
    limit = int(text) if text.isdecimal() and len(text) < 5 else 0
    if not 1 <= limit <= MOST:
        errors.append(FieldError("limit", "invalid", f"A whole number from 1 to {MOST}."))
    cursor = None
    if "cursor" in request.GET:
        cursor = _decode(request.GET["cursor"], place)
        if cursor is None:
            errors.append(FieldError("cursor", "invalid", "Take it from the `next` of a page."))
    if errors:
        raise InvalidRequest(errors=errors)
    return limit, cursor


def _next(request: Request, at: Any, key: Any) -> str:
    token = (
        base64.urlsafe_b64encode(orjson.dumps([at, _plain_key(key)], default=str))
        .decode()
        .rstrip("=")
    )
    query = [(name, value) for name, value in _query(request) if name != "cursor"]
    return request.build_absolute_uri(f"{request.path}?{urlencode([*query, ('cursor', token)])}")


def _query(request: Request) -> list[tuple[str, str]]:
    return [(name, value) for name, values in request.GET.lists() for value in values]


def _plain_key(key: Any) -> Any:
    return str(key) if isinstance(key, UUID) else key


def _number(key: Any) -> int:
    if type(key) is not int or not 0 <= key < MOST_KEY:
        raise ValueError(key)
    return key


def _decode(token: str, place: Callable[[str], Any]) -> tuple[Any, Any] | None:
    try:
        padded = token.encode() + b"=" * (-len(token) % 4)
        at, key = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return place(at), UUID(key) if isinstance(key, str) else _number(key)
    except (binascii.Error, ValueError, TypeError, ArithmeticError):
        return None
