"""Where messages may go: to public addresses by https, and to the networks the operator allows.

A URL is judged when it is given, as far as it says by itself where it leads; what its name means is
looked up and judged each time something is sent, and the judged address is the one connected to.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx

from warehouse.env import Network

Address = IPv4Address | IPv6Address
LONGEST_URL = 2000
LONGEST_NAME, LONGEST_LABEL = 253, 63
HTTPS_PORT, FIRST_FREE_PORT = 443, 1024

GLOBAL_V6 = IPv6Network("2000::/3")
NAT64 = IPv6Network("64:ff9b::/96")
NOT_PUBLIC: Sequence[Network] = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "100.64.0.0/10", "3fff::/20", "2001::/23"))
)
"""What some versions of Python take for public: relays, protocols' own, documentation."""
LOCAL_NAMES = {"localhost": "127.0.0.1"}


class BadAddress(ValueError):
    """Nothing may be sent there; the message says why, and what to do."""


class NotPublic(BadAddress):
    """It leads inside, to what the operator has not allowed."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Judges URLs and addresses; `allowed` are the operator's networks beside public ones."""

    allowed: Sequence[Network] = ()

    def check_url(self, text: str) -> httpx.URL:
        """Return the URL if it may be kept; raises `BadAddress`."""
        url = _parsed(text)
        if literal := literal_of(url.raw_host.decode()):
            self.check(url, [literal])
        elif not self.allowed:
            _check_manner(url)
        return url

    def check(self, url: httpx.URL, addresses: Sequence[Address]) -> None:
        """Pass if the URL may be sent to by each of the addresses; raises `BadAddress`.

        One that may not be is enough: which of them a name leads to is not the sender's choice.
        """
        others = [address for address in addresses if not self._allows(address)]
        if not all(map(is_public, others)):
            raise NotPublic("It leads to an address that is not public.")
        if others:
            _check_manner(url)

    def _allows(self, address: Address) -> bool:
        faces = (address, embedded(address))
        return any(
            face in network for face in faces for network in self.allowed if face is not None
        )


def literal_of(host: str) -> Address | None:
    """Return the address that a host is in any spelling a resolver would take, or None."""
    host = LOCAL_NAMES.get(host.rstrip("."), host)
    try:
        return ip_address(host.strip("[]"))
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, ValueError):
        return None


def is_public(address: Address) -> bool:
    """Tell whether an address is anybody's on the Internet, whatever is embedded in it too."""
    inner = embedded(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, IPv6Address) and (address.scope_id or address not in GLOBAL_V6):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not special and not any(address in net for net in NOT_PUBLIC)


def embedded(address: Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for."""
    if isinstance(address, IPv4Address):
        return None
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _parsed(text: str) -> httpx.URL:
    if len(text) > LONGEST_URL or not text.isprintable():
        raise BadAddress(f"Must be a URL of at most {LONGEST_URL} printable characters.")
    try:
        url = httpx.URL(text)
        port = url.port
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise BadAddress("Must be a URL such as https://example.com/hook.") from None
    named = url.raw_host and b"%" not in url.raw_host
    if url.scheme not in {"http", "https"} or not named or port == 0 or (port or 1) > 65535:
        raise BadAddress("Must be a URL such as https://example.com/hook.")
    if not _may_be_named(url.raw_host.decode()):
        raise BadAddress(
            f"Must have a host name of at most {LONGEST_NAME} characters, and 1 to {LONGEST_LABEL}"
            " between its dots, such as hooks.example.com."
        )
    if url.userinfo:
        raise BadAddress("Must name no user and no password: messages are signed instead.")
    if url.fragment:
        raise BadAddress("Must have no fragment (#…).")
    return url


def _may_be_named(host: str) -> bool:
    """Tell whether a resolver would take the name; a final dot is none of its parts."""
    name = host.removesuffix(".")
    labels = name.split(".")
    return len(name) <= LONGEST_NAME and all(0 < len(one) <= LONGEST_LABEL for one in labels)


def _check_manner(url: httpx.URL) -> None:
    """Demand https and a fitting port, as for all but the operator's networks."""
    if url.scheme != "https":
        raise BadAddress("Must begin with https://.")
    port = url.port or HTTPS_PORT
    if port != HTTPS_PORT and port < FIRST_FREE_PORT:
        raise BadAddress(f"Must have the port {HTTPS_PORT}, or one from {FIRST_FREE_PORT} up.")
