"""The cache identity of a question: equal questions of one organization, equal fingerprints."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import orjson

from warehouse.language.canonical import canonical
from warehouse.language.query import Query


def fingerprint(query: Query) -> str:
    """Return 32 hexadecimal digits that identify what is asked, by whom and over which window."""
    kind = query.study and query.study.kind
    packed = orjson.dumps([kind, canonical(query)], default=_plain)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


def _plain(value: object) -> list[str]:
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, timedelta):
        return ["seconds", str(value.total_seconds())]
    raise TypeError(type(value).__name__)
