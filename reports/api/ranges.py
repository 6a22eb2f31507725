"""`Range` on a download: one range of bytes, so that a broken transfer can go on."""

import re
from collections.abc import Mapping
from typing import Any

from warehouse.exceptions import RangeNotSatisfiable

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


def read(meta: Mapping[str, Any], length: int, etag: str) -> range | None:
    """Return the bytes asked for, or None for the whole; raises `RangeNotSatisfiable`.

    Several ranges, other units and a range of another version (`If-Range`) mean the whole, as
    RFC 9110 allows.
    """
    found = ONE_RANGE.fullmatch(meta.get("HTTP_RANGE", "").replace(" ", ""))
    if found is None or meta.get("HTTP_IF_RANGE", etag) != etag:
        return None
    first, last = found.groups()
    if not first and not last:
        return None
    if not first:
        wanted = range(max(0, length - int(last)), length)
    else:
        wanted = range(int(first), min(length, int(last) + 1 if last else length))
    if not wanted:
        raise RangeNotSatisfiable(f"The result has {length} bytes.")
    return wanted
