"""JSON answers written once, as bytes: no negotiation and no second serialising."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpResponse

JSON = "application/json"
PROBLEM = "application/problem+json"


def dump(data: Any) -> bytes:
    """Return `data` as JSON; times become RFC 3339, decimals numbers."""
    return orjson.dumps(data, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS)


def json_answer(
    data: Any,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    content_type: str = JSON,
) -> HttpResponse:
    """Return an answer with `data` as its JSON body; bytes are taken as finished JSON."""
    body = data if isinstance(data, bytes) else dump(data)
    return HttpResponse(body, status=status, headers=headers, content_type=content_type)


def _plain(value: Any) -> Any:
    if hasattr(value, "quantize"):
        return float(value)
    return str(value)
