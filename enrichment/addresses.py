"""Cuts page addresses into host and path; memoised, since real traffic repeats itself."""

from functools import lru_cache
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

WWW = "www."


class Address(NamedTuple):
    """What a URL says: its host without port, its path without query, its query fields."""

    hostname: str
    path: str
    query: dict[str, str]


EMPTY = Address("", "", {})


@lru_cache(maxsize=32768)
def cut(url: str) -> Address:
    """Return the parts of an absolute URL or of a path; what is neither is all path."""
    if url.startswith("/"):
        target, _, query = url.partition("#")[0].partition("?")
        return Address("", target, _fields(query))
    try:
        parts = urlsplit(url)
        hostname = parts.hostname or ""
    except ValueError:
        return Address("", url.partition("?")[0], {})
    path = parts.path or ("/" if hostname else "")
    return Address(hostname.rstrip("."), path, _fields(parts.query))


def _fields(query: str) -> dict[str, str]:
    """Return the first value of each query field, names in lower case."""
    if "=" not in query:
        return {}
    try:
        pairs = parse_qsl(query, max_num_fields=200)
    except ValueError:
        return {}
    return {name.lower(): value for name, value in reversed(pairs)}


def site(hostname: str) -> str:
    """Return the host without a leading `www.`: both spell the same site."""
    return hostname.removeprefix(WWW)
