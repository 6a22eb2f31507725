"""What every tier of the cache keeps."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A finished answer and whose it is; `computed_at` is aware and in UTC, `tier` where it was."""

    organization: str
    body: bytes
    etag: str
    computed_at: datetime
    ttl_seconds: int
    row_count: int
    tier: str = "l2"
