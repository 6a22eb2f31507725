"""Where a request came from: the peer's address, or what a proxy that is trusted says of it."""

import ipaddress
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from warehouse.env import ENV, Network


def address(meta: Mapping[str, Any], trusted: Sequence[Network] = ENV.trusted_proxies) -> str:
    """Return the caller's address as text, empty where there is none that makes sense.

    `X-Forwarded-For` is read from its end: each proxy adds who it heard from, so what stands
    before the first address that is no trusted proxy was written by the caller.
    """
    peer = _plain(str(meta.get("REMOTE_ADDR", "")))
    forwarded = meta.get("HTTP_X_FORWARDED_FOR")
    if not forwarded or not trusted:
        return peer
    for hop in reversed(str(forwarded).split(",")):
        if not _is_trusted(peer, tuple(trusted)):
            return peer
        named = _plain(hop.strip())
        if not named:
            return peer
        peer = named
    return peer


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Return an address in its usual form, without a port or brackets."""
    host = text
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        host = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


@lru_cache(maxsize=4096)
def _is_trusted(text: str, trusted: tuple[Network, ...]) -> bool:
    return bool(text) and any(ipaddress.ip_address(text) in network for network in trusted)
