"""The cache identity of a question: equal questions of one organization, equal fingerprints."""

import hashlib
from decimal import Decimal

import orjson

from warehouse.language.canonical import canonical
from warehouse.language.query import Query


def fingerprint(query: Query) -> str:
    """Return 32 hexadecimal digits that identify what is asked, by whom and over which window."""
    packed = orjson.dumps(canonical(query), default=_plain)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


def _plain(value: object) -> list[str]:
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    raise TypeError(type(value).__name__)
