"""Bounds a request before anything reads it."""

import io
from typing import Any

from django.http import HttpRequest

from warehouse.exceptions import InvalidRequest, TooLarge, WarehouseError

API_BYTES = 16 * 1024 * 1024
PAGE_BYTES = 1024 * 1024


def refuse(request: HttpRequest) -> WarehouseError | None:
    """Return why a request cannot be taken at all, or None.

    A chunked body, which has no length of its own, is read up to the cap and given one.
    """
    meta = request.META
    if "%00" in meta.get("QUERY_STRING", "") or "\0" in request.path_info:
        return InvalidRequest("The address holds a NUL character.")
    cap = API_BYTES if request.path_info.startswith("/api/") else PAGE_BYTES
    if meta.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
        try:
            _measure(request, cap)
        except WarehouseError as error:
            return error
    length = meta.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()):
        return InvalidRequest("Content-Length is not a number.")
    return TooLarge(f"A body may have at most {cap:,} bytes.") if int(length) > cap else None


def _measure(request: Any, cap: int) -> None:
    body = request.META["wsgi.input"].read(cap + 1)
    request.META["CONTENT_LENGTH"] = str(len(body))
    request._stream = io.BytesIO(body)
